"""The embedded start: web, workers and scheduler as threads of one process, stopped together."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from celery import Celery, current_app, signals
from celery.beat import Service
from celery.worker import WorkController, state
from django.conf import settings
from django.core.management.base import CommandError
from django.db import close_old_connections
from django.utils.module_loading import import_string
from waitress.server import create_server

from portal import pdf
from portal.notifications.signs import ShowsLife

WEB_THREADS = 8
WORKER_THREADS = 2
JOIN_SECONDS = 2.2
LAST_RESORT_SECONDS = 2.7
POLLING_SECONDS = 0.2
BEAT_WAKES_EVERY = 5
CHATTY_LOGGERS = ("kombu", "celery", "waitress.queue")
AT_START = (
    "portal.notifications.tasks.heartbeat",
    "portal.notifications.tasks.relay_outbox",
    "portal.notifications.tasks.catch_up",
)


def run(*, host: str, port: int) -> None:
    """Serve the portal until Ctrl-C or SIGTERM; raises CommandError when the port is taken.

    The duties live in the database, so a stop loses nothing: what wasn't finished is done at the
    next start.
    """
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    server = _listen(host, port)
    # The application itself: the proxy means another one in each thread.
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    worker = _start_worker(app)
    beat = _start_beat(app)
    for name in AT_START:
        app.send_task(name)
    _stop_on_signals()
    sys.stdout.write(f"Le portail est ouvert sur http://localhost:{port} (Ctrl-C pour l’arrêter).\n")
    sys.stdout.flush()
    pdf.warm_up_aside()
    server.run()
    server.close()
    beat.stop()
    state.should_stop = 0  # type: ignore[assignment]
    # The worker looks at the flag between two messages: this one wakes it.
    app.send_task(AT_START[0])
    worker.join(JOIN_SECONDS)
    sys.stdout.write("Le portail est arrêté.\n")
    sys.stdout.flush()
    # A thread amid a slow task must not hold the process: its duty is still open in the database.
    os._exit(0)


def _listen(host: str, port: int) -> Any:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    application = import_string(settings.WSGI_APPLICATION)
    try:
        return create_server(application, host=host, port=port, threads=WEB_THREADS, ident=None)
    except OSError as error:
        raise CommandError(
            f"Le port {port} est déjà pris ou interdit\u00a0: arrêtez ce qui l’occupe, "
            f"ou choisissez-en un autre avec --port ({error.strerror})."
        ) from None
    except OverflowError:
        raise CommandError(f"Le port {port} n’existe pas\u00a0: choisissez-en un entre 1 et 65535.") from None


def _start_worker(app: Celery) -> threading.Thread:
    """Start task threads that take from the broker of this very process."""
    if app.conf.broker_url == "memory://":
        app.conf.broker_transport_options = {"polling_interval": POLLING_SECONDS}
    signals.task_prerun.connect(_close_old_connections)
    signals.task_postrun.connect(_close_old_connections)
    worker = WorkController(
        app=app,
        pool="threads",
        concurrency=WORKER_THREADS,
        hostname="embedded@localhost",
        queues=["scans", "pdf"],
        without_heartbeat=True,
        without_mingle=True,
        without_gossip=True,
    )
    thread = threading.Thread(target=worker.start, name="worker", daemon=True)
    thread.start()
    return thread


def _close_old_connections(**_: Any) -> None:
    """Leave no broken or outdated database connection to the next task of a thread."""
    close_old_connections()


class MemoryScheduler(ShowsLife):
    """Celery's own scheduler with no file: what is due is read in the database anyway."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_interval"] = BEAT_WAKES_EVERY
        super().__init__(*args, **kwargs)


def _start_beat(app: Celery) -> Service:
    beat = Service(app, max_interval=BEAT_WAKES_EVERY, scheduler_cls=MemoryScheduler)
    threading.Thread(target=beat.start, name="beat", daemon=True).start()
    return beat


def _stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # Whatever happens from here on, the process ends in time; a second signal ends it at once.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        last_resort = threading.Timer(LAST_RESORT_SECONDS, os._exit, [0])
        last_resort.daemon = True
        last_resort.start()
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
