"""How the portal writes its log: JSON lines in production, plain ones elsewhere, ids only, never what a person gave."""

import sys
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from structlog.types import EventDict, Processor

from portal import privacy

# The loggers whose sentences are written in this repository; what the others say is read with more suspicion.
ROOMS = ("applications", "diagdm", "experts", "portal", "tariffs", "django_structlog")
# Everything that a line may hold. A key is added here once somebody made sure that it holds no personal data.
KEYS = frozenset(
    {
        "timestamp",
        "level",
        "logger",
        "event",
        "request_id",
        "user_id",
        "task",
        "task_id",
        "method",
        "view",
        "status",
        "duration_ms",
        "traceback",
    }
)
KEPT_BY_TASKS = frozenset({"request_id", "user_id"})
_PLAIN = (int, float, bool, type(None), date, UUID)


def configuration(*, as_json: bool, level: str) -> dict[str, Any]:
    """Return Django's LOGGING, after telling structlog to write through it."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": json_lines(shared) if as_json else plain_lines(shared)},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {
            "weasyprint": {"level": "ERROR"},
            "fontTools": {"level": "WARNING"},
            "pyhanko": {"level": "ERROR"},
            # Told once the request is over, without its id: the line of the request says it all.
            "django.request": {"level": "ERROR" if as_json else "WARNING"},
            # A line a request: of use where many people come, noise at one's desk.
            "portal.operations.requests": {"level": level if as_json else "WARNING"},
            "portal.notifications.outbox": {"level": level if as_json else "WARNING"},
            # Each task is told once, by django_structlog.
            "celery.app.trace": {"level": "ERROR"},
            "celery.worker.strategy": {"level": "WARNING"},
            "django_structlog": {"level": level if as_json else "WARNING"},
            # gunicorn brings handlers of its own, which would write what it is asked in full.
            "gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False},
        },
        "root": {"handlers": ["console"], "level": level},
    }


def json_lines(shared: list[Processor]) -> dict[str, Any]:
    """Return the formatter of production: one JSON object a line, which holds KEYS only."""
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            safe_event,
            safe_exception,
            known_keys,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        # The template and its values come apart, so that each value is judged.
        "use_get_message": False,
        "pass_foreign_args": True,
    }


def plain_lines(shared: list[Processor]) -> dict[str, Any]:
    """Return the formatter of a developer's screen, where everything is shown."""
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            ),
        ],
    }


# --- Processors -------------------------------------------------------------------------------------
def safe_event(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Write the sentence of a line with those of its values that say nothing of a person."""
    template, values = str(line.get("event", "")), line.pop("positional_args", None)
    name = str(line.get("logger", ""))
    ours = name.partition(".")[0] in ROOMS
    if name.startswith("django.security"):
        # Django writes there what it was sent; its logger's name says what it refused.
        line["event"] = f"refused: {name.rpartition('.')[2]}"
    elif values:
        line["event"] = _filled(template, values, ours=ours)
    else:
        line["event"] = privacy.scrub(template) if ours else privacy.scrub_foreign(template)
    return line


def _filled(template: str, values: Any, *, ours: bool) -> str:
    safe: Any
    if isinstance(values, Mapping):
        safe = {key: _safe(value, ours=ours) for key, value in values.items()}
    else:
        safe = tuple(_safe(value, ours=ours) for value in values)
    try:
        return template % safe
    except (TypeError, ValueError, KeyError):
        return template


def _safe(value: Any, *, ours: bool) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    if ours and isinstance(value, str):
        return privacy.scrub(value)
    return privacy.HIDDEN


def safe_exception(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Replace an exception by its types and the places it went through: its message may hold anything."""
    told = line.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        line["traceback"] = privacy.places_of(error)
    return line


def known_keys(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Keep what a line may hold; any other key is dropped, whatever it is."""
    return {key: value for key, value in line.items() if key in KEYS}


# --- Tasks ------------------------------------------------------------------------------------------
def bind_task(*, task: Any, **_: Any) -> None:
    """Name the task on each of its lines."""
    structlog.contextvars.bind_contextvars(task=task.name)


def keep_ids(*, context: dict[str, Any], **_: Any) -> None:
    """Pass on with a task which request asked for it, and nothing else."""
    for key in set(context) - KEPT_BY_TASKS:
        del context[key]
