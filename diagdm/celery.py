"""The Celery application: it rings the bell, the database remembers the duty."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "diagdm.settings")

app = Celery("diagdm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Named by strings: what they import needs the settings, which are read later.
app.steps["worker"] |= {
    "portal.notifications.signs:WorkerSign",
    "django_structlog.celery.steps:DjangoStructLogInitStep",
}
# Current in every thread, not only in the one that imported this module: web threads ring too.
app.set_default()
