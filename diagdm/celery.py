"""The Celery application: it rings the bell, the database remembers the duty."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "diagdm.settings")

app = Celery("diagdm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
