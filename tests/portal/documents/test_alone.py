"""The process in which a file is read or drawn: little memory, little time, no file, no program, nobody to talk to."""

import ast

import pytest

from portal.documents import limited
from portal.documents.limited import UnreadableError

PROGRAM = """
import ctypes, os, socket, subprocess, time

def told(act):
    try:
        return repr(act())
    except BaseException as error:
        return type(error).__name__

def reach(port, _stop):
    port = int(port)
    def native():
        libc = ctypes.CDLL(None, use_errno=True)
        address = (2).to_bytes(2, "little") + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
        return libc.connect(libc.socket(2, 1, 0), address, 16)
    def write():
        with open("SCRATCH", "wb") as file:
            file.write(b"x")
    return repr({
        "python": told(lambda: socket.create_connection(("127.0.0.1", port), 1)),
        "name": told(lambda: socket.getaddrinfo("example.org", 80)),
        "native": told(native),
        "program": told(lambda: subprocess.run(["true"])),
        "shell": told(lambda: os.system("true")),
        "fork": told(os.fork),
        "write": told(write),
        "many": told(lambda: [open("/dev/null") for _ in range(100)]),
        "environment": sorted(os.environ),
    }).encode()

def memory(_content, _stop):
    return bytes(len(bytearray(3 * 1024 ** 3)) % 7)

def time_away(_content, _stop):
    while True:
        time.sleep(0.01)

def crash(_content, _stop):
    ctypes.string_at(0)

JOBS = {"reach": reach, "memory": memory, "time": time_away, "crash": crash}
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.replace("SCRATCH", str(tmp_path / "scratch")))
    return path


@pytest.fixture
def server():
    """Give the port of somebody who listens on this machine."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_it_reaches_nobody_starts_nothing_and_writes_nothing(program, server, tmp_path):
    answer = limited.run(program, "reach", str(server).encode(), seconds=3, grace=2)
    told = ast.literal_eval(answer.decode())
    assert told["python"] == told["name"] == "PermissionError"
    assert told["program"] == told["shell"] == told["fork"] == "PermissionError"
    assert told["write"] == "OSError"
    assert told["many"] == "OSError"
    assert not [name for name in told["environment"] if name.startswith(("DIAGDM", "DATABASE", "REDIS"))]
    scratch = tmp_path / "scratch"
    assert not scratch.exists() or scratch.stat().st_size == 0
    # Where the system lets a process have a network of its own, not even native code gets through.
    assert told["native"] in {"-1", "0"}


@pytest.mark.parametrize("job", ["memory", "time", "crash"])
def test_a_file_that_runs_away_takes_nothing_with_it(program, job, within_seconds):
    with within_seconds(5), pytest.raises(UnreadableError):
        limited.run(program, job, b"", seconds=1, grace=0.5)
