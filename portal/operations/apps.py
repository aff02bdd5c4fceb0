"""Operations as a Django application: no model, one command, and what a task's log lines say."""

from django.apps import AppConfig
from django_structlog.celery import signals

from portal.operations.logs import bind_task, keep_ids


class OperationsConfig(AppConfig):
    """What keeps the portal running."""

    name = "portal.operations"
    verbose_name = "exploitation"

    def ready(self) -> None:
        """Let the log lines of a task name it, and the request that asked for it."""
        signals.bind_extra_task_metadata.connect(bind_task, dispatch_uid="operations.bind_task")
        signals.modify_context_before_task_publish.connect(keep_ids, dispatch_uid="operations.keep_ids")
