"""When the recurring work runs; what it does lives in each application's services."""

from celery.schedules import crontab

BEAT_SCHEDULE = {
    "outbox": {"task": "portal.notifications.tasks.relay_outbox", "schedule": 60.0},
    # What the others missed: after a stop everything is rung for within five minutes.
    "missed": {"task": "portal.notifications.tasks.catch_up", "schedule": 300.0},
    "heartbeat": {"task": "portal.notifications.tasks.heartbeat", "schedule": 60.0},
    "audit record": {"task": "portal.audit.tasks.record_heads", "schedule": crontab(minute=20)},
    "orphan files": {"task": "portal.documents.tasks.sweep_orphans", "schedule": crontab(hour=3, minute=40)},
    "bank accounts": {
        "task": "applications.tasks.apply_account_changes",
        "schedule": crontab(minute="*/10"),
    },
    "deadlines": {"task": "applications.tasks.sweep_deadlines", "schedule": crontab(minute="*/15")},
    "assistances": {"task": "applications.tasks.sweep_assistances", "schedule": crontab(minute=5)},
    "figures": {"task": "applications.tasks.fold_figures", "schedule": crontab(minute="*/5")},
    "exports": {"task": "applications.tasks.expire_exports", "schedule": crontab(minute=25)},
    "transmissions": {
        "task": "applications.tasks.remind_transmissions",
        "schedule": crontab(hour=7, minute=5),
    },
    "expiries": {"task": "experts.tasks.tell_expiries", "schedule": crontab(hour=6, minute=50)},
    "offers": {"task": "applications.tasks.expire_offers", "schedule": crontab(hour=0, minute=15)},
    "quote requests": {
        "task": "applications.tasks.sweep_quote_requests",
        "schedule": crontab(hour=8, minute=20),
    },
    "retention": {"task": "applications.tasks.sweep_retention", "schedule": crontab(hour=4, minute=10)},
    "opinions": {"task": "applications.tasks.remind_opinions", "schedule": crontab(hour=8, minute=10)},
}
