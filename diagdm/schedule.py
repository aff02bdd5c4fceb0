"""When the recurring work runs; what it does lives in each application's services."""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "outbox": {"task": "portal.notifications.tasks.relay_outbox", "schedule": 60.0},
    "heartbeat": {"task": "portal.notifications.tasks.heartbeat", "schedule": 60.0},
    "deadlines": {"task": "applications.tasks.sweep_deadlines", "schedule": crontab(minute="*/15")},
}
