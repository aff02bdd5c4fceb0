"""The `simulate` command without Django: JSON cases in, one evaluation (or error) a line out."""

import gc
import io
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from tariffs import catalogue
from tariffs.engine.facts import CaseError
from tariffs.engine.jsontext import encode

DONE, REFUSED = 0, 2
Write = Callable[[bytes], object]


def answer(case: bytes, today: date) -> tuple[bytes, bool]:
    """The line of JSON that answers a case, in UTF-8, and whether the case could be meant."""
    try:
        return catalogue.evaluate(case, today=today).to_json_bytes() + b"\n", True
    except CaseError as error:
        return refusal(error), False


def refusal(error: CaseError) -> bytes:
    """The line of JSON that says why a case can't be meant, in UTF-8."""
    return encode(error.to_json()).encode("utf-8") + b"\n"


def simulate(source: BinaryIO, write: Write, *, jsonl: bool, today: date) -> int:
    """Answer the case, or with `jsonl` each line that is not blank, in order and in constant memory.

    Returns the exit status: 0, or 2 where a case could not be meant.
    """
    status = DONE
    for number, case in enumerate(read_cases(source, jsonl=jsonl)):
        if jsonl and not (case if number else case.removeprefix(b"\xef\xbb\xbf")).strip():
            continue
        line, meant = answer(case, today)
        write(line)
        if not meant:
            status = REFUSED
    return status


def read_cases(source: BinaryIO, *, jsonl: bool) -> Iterator[bytes]:
    """The cases of a source, one by one; CaseError where it stops being readable on the way."""
    try:
        if jsonl:
            yield from source
        else:
            yield source.read()
    except OSError:
        raise CaseError("", "La lecture s’est interrompue : vérifiez le fichier et recommencez.") from None


def simulate_file(name: str, write: Write, *, jsonl: bool, today: date) -> int:
    """The same, from a file or, for "-", from the standard input; what can't be read is refused."""
    try:
        if name == "-":
            return simulate(standard_input(), at_once(write), jsonl=jsonl, today=today)
        with opened(name) as source:
            return simulate(source, write, jsonl=jsonl, today=today)
    except CaseError as error:
        write(refusal(error))
        return REFUSED


def opened(name: str) -> BinaryIO:
    """The file of that name as bytes; CaseError says why it can't be read."""
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(name, error) from None


def at_once(write: Write) -> Write:
    """The same writer, emptied after each line, for programs that talk with the command line by line."""

    def write_and_flush(line: bytes) -> None:
        write(line)
        sys.stdout.flush()

    return write_and_flush


def unreadable(name: str, error: Exception) -> CaseError:
    """Why a file can't be read, in French."""
    reasons: list[tuple[type[Exception], str]] = [
        (FileNotFoundError, "il n’existe pas"),
        (IsADirectoryError, "c’est un dossier"),
        (PermissionError, "vous n’en avez pas le droit"),
    ]
    reason = next((words for kind, words in reasons if isinstance(error, kind)), "le système le refuse")
    return CaseError("", f"Le fichier « {name} » ne peut pas être lu : {reason}.")


def standard_input() -> BinaryIO:
    """The standard input as bytes, also where a test has put a text in its place; empty where it is closed."""
    if sys.stdin is None:
        return io.BytesIO()
    stream: Any = getattr(sys.stdin, "buffer", None)
    return stream if stream is not None else io.BytesIO(sys.stdin.read().encode("utf-8"))


def standard_output(line: bytes) -> None:
    """Write UTF-8 to the standard output whatever the locale, also where a test has put a text in its place."""
    stream: Any = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(line.decode("utf-8"))
    else:
        stream.write(line)


def run(name: str, *, jsonl: bool, today: date) -> int:
    """Answer the cases of a file on the standard output; the exit status is 1 where the reader has left."""
    try:
        status = simulate_file(name, standard_output, jsonl=jsonl, today=today)
        sys.stdout.flush()
    except BrokenPipeError:
        # A pipe into head: nothing more to say, not even when Python flushes on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status


def is_plain(arguments: list[str]) -> bool:
    """Are these only a file name and --jsonl, so that Django's options aren't needed?"""
    files = [word for word in arguments if word != "--jsonl"]
    return len(files) < 2 and not any(word.startswith("-") and word != "-" for word in files)


def main(arguments: list[str]) -> int:
    """The command without Django, which starts ten times faster; plain arguments only. The exit status."""
    files = [word for word in arguments if word != "--jsonl"]
    # Nothing here makes cycles: the collector has little to look for, and need not look at what was imported.
    gc.freeze()
    gc.set_threshold(50_000)
    today = datetime.now(ZoneInfo("Europe/Paris")).date()
    return run(files[0] if files else "-", jsonl="--jsonl" in arguments, today=today)
