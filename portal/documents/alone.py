"""Run alone, in a process of its own: has a program do one of its jobs on a file, its time and memory counted.

`python -I alone.py PROGRAM JOB SECONDS` takes the file on its standard input and writes the job's answer. A file
that makes the libraries run away or crash takes down this process and nothing else; of the portal's code, only
PROGRAM is within its reach. PROGRAM holds `JOBS`: names, and functions of the content and the time to stop at.
"""

import resource
import runpy
import sys
import time

MEMORY_BYTES = 1024 * 1024 * 1024


def limit(seconds: float) -> float:
    """Bound this process in memory, time and files; return when to stop before it is stopped."""
    for name, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, int(seconds) + 2),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(name, (most, most))
    return time.monotonic() + seconds


if __name__ == "__main__":
    program, job, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    stop = limit(seconds)
    jobs = runpy.run_path(program)["JOBS"]
    sys.stdout.buffer.write(jobs[job](sys.stdin.buffer.read(), stop))
