"""How gunicorn serves the portal: read once and shared, threads with a database pool, workers that renew themselves."""

import gc
import itertools
import os
import shutil
from pathlib import Path

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("DIAGDM_WEB_WORKERS", "2"))
threads = int(os.environ.get("DIAGDM_WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 30
keepalive = 5
# Against whatever would grow: at a hundred people at once, a worker lives for about a quarter of an hour.
max_requests = 10_000
max_requests_jitter = 1000
worker_tmp_dir = "/dev/shm"
# The portal writes a line a request, without what a person gave; gunicorn's own would hold the whole address.
accesslog = None
# Nobody commands it through a socket, for which the image has no place.
control_socket_disable = True
# The proxy is the only neighbour on this network.
forwarded_allow_ips = "*"

# The figures of all workers, in files that they share: a worker that renews itself goes on with those of the one whose
# place it takes, so that they never grow. Chosen before the library is read, which looks for the folder then.
COUNTS = bool(os.environ.get("DIAGDM_METRICS_TOKEN") or os.environ.get("DIAGDM_METRICS_TOKEN_FILE"))
if COUNTS:
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", "/tmp/diagdm-metrics")
from prometheus_client import values  # noqa: E402

from diagdm import warming  # noqa: E402

# Where this process counts; the first one, which serves nobody, has a place of its own.
PLACE = {"of": "first"}


def on_starting(server):
    """Begin with no figure of an earlier start, then read the portal once for all workers to come."""
    if COUNTS:
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: PLACE["of"])
    # As `preload_app` does, but after the folder of the figures is there. What is read now is neither read again by
    # each worker nor kept by each in memory; the portal's modules connect to nothing.
    server.app.wsgi()
    warming.before_fork()
    gc.freeze()


def pre_fork(server, worker):
    """Give a worker the first place that is free."""
    taken = {one.place for one in server.WORKERS.values()}
    worker.place = next(place for place in itertools.count() if place not in taken)


def post_fork(_server, worker):
    """Have a worker count in the files of its place."""
    PLACE["of"] = worker.place


def post_worker_init(_worker):
    """Have a worker make ready what can't be shared."""
    warming.after_fork()
