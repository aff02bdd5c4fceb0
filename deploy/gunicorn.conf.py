"""How gunicorn serves the portal: threads share the database pool, a worker renews itself now and then."""

import os

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
accesslog = "-"
# The proxy is the only neighbour on this network.
forwarded_allow_ips = "*"
