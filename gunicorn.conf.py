"""gunicorn's settings: read by `gunicorn konferenz.wsgi` wherever it is started in this folder."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from konferenz import protokoll

bind = os.environ.get("BIND", "127.0.0.1:8000")

# A process for each core, and threads, because most of a request is waiting for the database.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
worker_class = "gthread"

# A worker whose main thread is silent for so long is killed; a slow request alone doesn't silence it.
timeout = 60
# How long requests that are being answered get when it is told to stop. Below the 30 s after which Docker
# and Kubernetes kill.
graceful_timeout = 25
keepalive = 5  # longer than a proxy waits between two requests of one page

# A new process now and then, so that no leak lives for years; not all at once.
max_requests = 5_000
max_requests_jitter = 1_000

# The heartbeat files belong into memory: on a slow disk gunicorn takes a waiting worker for a dead one.
if os.access("/dev/shm", os.W_OK):  # noqa: S108  # gunicorn makes its files there safely
    worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True  # nobody asks it, and it would write into the home directory

# Whose X-Forwarded-* headers are believed for wsgi.url_scheme; Django itself has SECURE_PROXY_SSL_HEADER.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")

# The application writes a line for each request (konferenz/protokoll.py); gunicorn's own would hold the
# address of the reader and what was searched for.
accesslog = None
logconfig_dict = protokoll.einrichtung(lesbar=False)


# Where the workers count for Prometheus, each in the files of its place; a worker that is replaced hands its
# place on, so that the folder doesn't grow (konferenz/metriken.py).
ORDNER = "PROMETHEUS_MULTIPROC_DIR"
if os.environ.get("METRIKEN_MARKE") and ORDNER not in os.environ:
    os.environ[ORDNER] = tempfile.mkdtemp(prefix="metriken-")


def pre_fork(server: Any, worker: Any) -> None:
    """Give a new worker the lowest place that none of the living has."""
    belegt = {anderer.platz for anderer in server.WORKERS.values()}
    worker.platz = next(platz for platz in range(len(belegt) + 1) if platz not in belegt)


def post_fork(server: Any, worker: Any) -> None:
    """Tell the worker its place, and for which process it is meant."""
    os.environ["METRIKEN_PLATZ"] = f"{worker.platz}:{os.getpid()}"


def on_exit(server: Any) -> None:
    """Take the folder away with the server."""
    ordner = Path(os.environ.get(ORDNER, ""))
    if ordner.name.startswith("metriken-"):  # made here, not somebody else's
        shutil.rmtree(ordner, ignore_errors=True)
