"""How gunicorn serves the portal: threads share the database pool, a worker renews itself now and then."""

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
max_requests = 2000
max_requests_jitter = 200
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


def on_starting(_server):
    """Begin with no figure of an earlier start."""
    if COUNTS:
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)


def pre_fork(server, worker):
    """Give a worker the first place that is free."""
    taken = {one.place for one in server.WORKERS.values()}
    worker.place = next(place for place in itertools.count() if place not in taken)


def post_fork(_server, worker):
    """Have a worker count in the files of its place."""
    if COUNTS:
        values.ValueClass = values.MultiProcessValue(process_identifier=lambda: worker.place)
