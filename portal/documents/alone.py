"""Run alone, in a process of its own: has a program do one of its jobs on a file, its time and memory counted.

`python -I alone.py PROGRAM JOB SECONDS` takes the file on its standard input and writes the job's answer. A file
that makes the libraries run away or crash takes down this process and nothing else; of the portal's code, only
PROGRAM is within its reach. PROGRAM holds `JOBS`: names, and functions of the content and the time to stop at.

It writes no file, opens few, starts no program and reaches nobody: the network is refused to Python's own calls, and
taken away altogether where the system lets a process have one of its own (Linux, user namespaces).
"""

import ctypes
import resource
import runpy
import sys
import time

MEMORY_BYTES = 1024 * 1024 * 1024
OPEN_FILES = 64
# <sched.h>: a network of one's own, empty; a process that is not root needs users of its own for it.
CLONE_NEWNET, CLONE_NEWUSER = 0x40000000, 0x10000000
REFUSED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "ftplib.",
)


def limit(seconds: float) -> float:
    """Bound this process in memory, time and files; return when to stop before it is stopped."""
    for name, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, int(seconds) + 2),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    ):
        resource.setrlimit(name, (most, most))
    return time.monotonic() + seconds


def cut_off() -> None:
    """Leave the network, as far as the system lets a process do it, and refuse it to Python in any case."""
    try:
        unshare = ctypes.CDLL(None, use_errno=True).unshare
    except (AttributeError, OSError):
        pass
    else:
        if unshare(CLONE_NEWNET) != 0:
            unshare(CLONE_NEWUSER | CLONE_NEWNET)
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: object) -> None:
    """Stop whatever would reach out or start a program; opening no connection, a socket's own class is let be."""
    if event.startswith(REFUSED) and event not in {"socket.__new__", "socket.gethostname"}:
        raise PermissionError(event)


if __name__ == "__main__":
    program, job, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    stop = limit(seconds)
    cut_off()
    jobs = runpy.run_path(program)["JOBS"]
    sys.stdout.buffer.write(jobs[job](sys.stdin.buffer.read(), stop))
