"""One look at one thing, and the round of all looks, which nothing stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from portal.privacy import told_error


class Verdict(Enum):
    """What a look found, as it is shown."""

    OK = "ok"
    CHECK = "à voir"
    BROKEN = "en panne"


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at, what was found in a sentence, and what to do where it is not all well."""

    subject: str
    verdict: Verdict
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to look at: how, and what to do when even looking fails."""

    name: str
    look: Callable[[], Iterable[Look]]
    remedy: str


def look_at_all(subjects: Iterable[Subject]) -> Iterator[Look]:
    """Give the looks at each subject; one that can't even be looked at is broken, and the round goes on."""
    for subject in subjects:
        try:
            yield from list(subject.look())
        except Exception as error:  # noqa: BLE001 each service fails with exceptions of its own; none ends the round
            yield Look(subject.name, Verdict.BROKEN, told_error(error), subject.remedy)


def well(subject: str, found: str) -> Look:
    """Say that a thing works."""
    return Look(subject, Verdict.OK, found)


def check(subject: str, found: str, remedy: str) -> Look:
    """Say that a thing works but should be seen to."""
    return Look(subject, Verdict.CHECK, found, remedy)


def broken(subject: str, found: str, remedy: str) -> Look:
    """Say that a thing does not work."""
    return Look(subject, Verdict.BROKEN, found, remedy)
