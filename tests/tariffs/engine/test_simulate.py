"""The `simulate` command, as scripts call it: a line out for a case in, status 2 for what can't be meant."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tariffs import commandline
from tests.tariffs.engine.cases import case

ROOT = Path(__file__).resolve().parents[3]


def simulate(*arguments: str, given: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own, with a database that does not exist."""
    return subprocess.run(
        [sys.executable, "manage.py", "simulate", *arguments],
        input=given,
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=60,
        env={
            **os.environ,
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
            "LC_ALL": "C",
            **environment,
        },
    )


def in_process(
    capsysbinary: Any, monkeypatch: pytest.MonkeyPatch, given: bytes, *arguments: str
) -> tuple[int, list[Any]]:
    """Run the same command in this process: exit status and the JSON of each line."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    status = commandline.main(list(arguments))
    out = capsysbinary.readouterr().out
    assert not out or out.endswith(b"\n")
    return status, [json.loads(line) for line in out.splitlines()]


def test_one_case_on_one_line() -> None:
    done = simulate(given=json.dumps(case(), indent=2).encode())
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 1
    assert json.loads(done.stdout)["verdict"] == "eligible"
    assert "édition 2024".encode() in done.stdout
    assert b'": ' not in done.stdout
    assert done.stderr == b""


def test_a_case_that_can_not_be_meant() -> None:
    done = simulate("-", given=b'{"volet": 9}')
    assert done.returncode == 2
    assert list(json.loads(done.stdout)) == ["error"]
    assert json.loads(done.stdout)["error"]["path"] == "volet"


def test_lines_are_answered_in_order() -> None:
    given = b'{"volet": 2}\r\n\n   \n{"volet": 9}\n\xff\n{"volet": 3}'
    done = simulate("--jsonl", given=given)
    assert done.returncode == 2
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [answer.get("volet") or answer["error"]["path"] for answer in answers] == [2, "volet", "", 3]


def test_django_options_work_as_well(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case()), "utf-8")
    done = simulate(str(path), "--verbosity", "0")
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "eligible")
    assert simulate("absent.json", "--no-color").returncode == 2


def test_a_reader_that_leaves_is_no_error_message() -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "simulate", "--jsonl"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(b'{"volet": 1}\n')
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["volet"] == 1
    process.stdout.close()
    process.stdin.write(b'{"volet": 1}\n' * 50)
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 1


def test_a_file(capsysbinary: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"volet": 1}\n{"volet": 2}\n')
    status, answers = in_process(capsysbinary, monkeypatch, b"", "--jsonl", str(path))
    assert (status, [answer["volet"] for answer in answers]) == (0, [1, 2])
    status, answers = in_process(capsysbinary, monkeypatch, b"", str(path))
    assert (status, answers[0]["error"]["path"]) == (2, "")


@pytest.mark.parametrize(("name", "words"), [("absent.json", "il n’existe pas"), (".", "c’est un dossier")])
def test_a_file_that_can_not_be_read(
    capsysbinary: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, words: str
) -> None:
    status, answers = in_process(capsysbinary, monkeypatch, b"", str(tmp_path / name))
    assert status == 2
    assert answers[0]["error"]["path"] == ""
    assert words in answers[0]["error"]["message"]


@pytest.mark.parametrize("arguments", [(), ("--jsonl",)])
def test_a_reading_that_stops_on_the_way(
    capsysbinary: Any, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _buffer: Any) -> int:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(commandline, "opened", lambda _name: io.BufferedReader(Broken()))
    status, answers = in_process(capsysbinary, monkeypatch, b"", "cases.json", *arguments)
    assert status == 2
    assert [answer["error"]["path"] for answer in answers] == [""]


def test_a_closed_input_is_an_empty_one(capsysbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert commandline.main(["-"]) == 2
    assert b'{"error":{"path":"","message":' in capsysbinary.readouterr().out


@pytest.mark.parametrize("given", [b"", b"\n", b"[]", b"{", b"\x00", b"null"])
def test_nothing_to_read(capsysbinary: Any, monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    status, answers = in_process(capsysbinary, monkeypatch, given)
    assert (status, answers[0]["error"]["path"]) == (2, "")


def test_only_blank_lines(capsysbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_process(capsysbinary, monkeypatch, b"\n \r\n\t\n", "--jsonl") == (0, [])
    assert in_process(capsysbinary, monkeypatch, b"", "--jsonl") == (0, [])


def test_called_from_python(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text('{"volet": 4}', "utf-8")
    out = io.StringIO()
    call_command("simulate", str(path), stdout=out)
    assert json.loads(out.getvalue())["volet"] == 4
    path.write_text('{"volet": 7}', "utf-8")
    with pytest.raises(SystemExit) as left:
        call_command("simulate", str(path), jsonl=True, stdout=io.StringIO())
    assert left.value.code == 2


def test_plain_arguments_need_no_django() -> None:
    assert commandline.is_plain([])
    assert commandline.is_plain(["-"])
    assert commandline.is_plain(["cases.jsonl", "--jsonl"])
    assert not commandline.is_plain(["--help"])
    assert not commandline.is_plain(["a", "b"])
    code = "import sys; from tariffs import commandline; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout.strip() == b"False"
