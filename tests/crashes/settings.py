"""Settings of the processes that the crash tests start and kill: production's way, on private servers, quicker."""

import os

from diagdm.settings import *  # noqa: F403
from diagdm.settings import DATABASES, OUTBOX_HANDLERS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OUTBOX_HANDLERS = {**OUTBOX_HANDLERS, "crash_duty": "tests.crashes.handlers.duty"}
CELERY_BEAT_SCHEDULE = {
    "outbox": {"task": "portal.notifications.tasks.relay_outbox", "schedule": 1.0},
    "heartbeat": {"task": "portal.notifications.tasks.heartbeat", "schedule": 1.0},
    "deadlines": {"task": "applications.tasks.sweep_deadlines", "schedule": 1.0},
}
EMAIL_TIMEOUT = 2
if os.environ.get("DIAGDM_CRASHES_TWIN") == "health":
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
