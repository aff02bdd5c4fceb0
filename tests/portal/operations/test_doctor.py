"""The doctor: every line says what to do, what is broken is told by the exit code, and nothing stops the round."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections

from portal import clock
from portal.documents import antivirus
from portal.notifications import sending
from portal.notifications.models import Heartbeat, Outbox
from portal.operations.doctor import Verdict, data, look_at_all, machine, trust
from portal.operations.doctor.subjects import SUBJECTS
from portal.pdf import PangoMissingError

pytestmark = pytest.mark.django_db


def examine() -> tuple[dict[str, dict[str, str]], int]:
    """Return what the command says, by subject, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as left:
        code = int(left.code or 0)
    return {one["sujet"]: one for one in json.loads(out.getvalue())}, code


@pytest.fixture
def living(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have scheduler and workers show life, and the PDF engine answer at once."""
    for name in (Heartbeat.CHAIN, Heartbeat.SCHEDULER, Heartbeat.WORKER):
        Heartbeat.objects.create(name=name, beat_at=clock.now())
    monkeypatch.setattr(machine.pdf, "pdf_of", lambda _: b"")


@pytest.mark.usefixtures("living")
def test_a_healthy_portal_has_nothing_broken() -> None:
    found, code = examine()
    assert {one["etat"] for one in found.values()} <= {"ok", "à voir"}, found
    assert code == 0
    wanted = {
        "réglages",
        "base",
        "migrations",
        "horloge",
        "broker",
        "cache",
        "fichiers",
        "clés",
        "journal",
        "disque",
        "antivirus",
    }
    assert wanted | {
        "courriel",
        "programmateur",
        "exécutants",
        "boîte d’envoi",
        "échéances",
        "sceau",
        "PDF",
    } <= set(found)


@pytest.mark.usefixtures("living")
def test_each_subject_may_fail_and_the_round_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised, each line is there, says what to do and nothing of what a person gave."""

    def fail() -> Iterator[Any]:
        raise OperationalError("no 'canari' at canari@exemple.fr")

    broken = [type(one)(one.name, fail, one.remedy) for one in SUBJECTS]
    found = list(look_at_all(broken))
    assert [one.subject for one in found] == [one.name for one in SUBJECTS]
    assert all(one.verdict is Verdict.BROKEN and one.remedy for one in found)
    assert not any("canari" in one.found for one in found)


@pytest.mark.usefixtures("living")
def test_a_database_that_is_down_is_told_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(type(connections["default"]), "cursor", down)
    found, code = examine()
    assert code == 1
    assert found["base"]["etat"] == "en panne"
    assert "DATABASE_URL" in found["base"]["remede"]
    assert found["disque"]["etat"] in {"ok", "à voir", "en panne"}


# --- What promises rest on ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("problem", "waiting", "told"),
    [("", False, Verdict.OK), ("", True, Verdict.CHECK), ("Une clé manque.", True, Verdict.BROKEN)],
)
def test_the_keys_of_the_files_are_told(
    monkeypatch: pytest.MonkeyPatch, problem: str, waiting: bool, told: Verdict
) -> None:
    monkeypatch.setattr(trust.rotation, "problem", lambda: problem)
    monkeypatch.setattr(trust.rotation, "is_waiting", lambda: waiting)
    (look,) = trust.look_at_keys()
    assert look.verdict is told


@pytest.mark.parametrize(
    ("kept_ago", "read_ago", "problems", "told"),
    [
        (0, 1, [], [Verdict.OK]),
        (3, 1, [], [Verdict.CHECK, Verdict.OK]),
        (None, 1, [], [Verdict.CHECK, Verdict.OK]),
        (0, 8, [], [Verdict.CHECK]),
        (0, None, [], [Verdict.CHECK]),
        (0, 1, ["dossier:1 nº 3"], [Verdict.BROKEN]),
    ],
)
def test_the_journals_records_and_its_last_reading_are_told(
    monkeypatch: pytest.MonkeyPatch,
    kept_ago: int | None,
    read_ago: int | None,
    problems: list[str],
    told: list[Verdict],
) -> None:
    days = [] if kept_ago is None else [clock.today() - timedelta(days=kept_ago)]
    read = None
    if read_ago is not None:
        at = clock.now() - timedelta(days=read_ago)
        read = {"at": at, "events": 12, "files": 3, "problems": problems}
    monkeypatch.setattr(trust.heads, "days_kept", lambda: days)
    monkeypatch.setattr(trust.heads, "last_result", lambda: read)
    assert [one.verdict for one in trust.look_at_journal()] == told


# --- Each thing -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("silent", "broken", "well"),
    [
        ((Heartbeat.CHAIN, Heartbeat.SCHEDULER), "programmateur", "exécutants"),
        ((Heartbeat.CHAIN, Heartbeat.WORKER), "exécutants", "programmateur"),
        ((Heartbeat.CHAIN,), "chaîne des tâches", "programmateur"),
    ],
)
@pytest.mark.usefixtures("living")
def test_who_stands_still_is_told_by_name(silent: tuple[str, ...], broken: str, well: str) -> None:
    Heartbeat.objects.filter(name__in=silent).update(beat_at=clock.now() - timedelta(minutes=6))
    found, code = examine()
    assert (found[broken]["etat"], found[well]["etat"], code) == ("en panne", "ok", 1)


@pytest.mark.usefixtures("living")
def test_what_waits_and_what_was_given_up_is_counted() -> None:
    now = clock.now()
    Outbox.objects.create(kind="email", dedup_key="a", due_at=now - timedelta(minutes=11))
    Outbox.objects.create(kind="notify", dedup_key="b", due_at=now, dead_at=now)
    found, code = examine()
    assert found["boîte d’envoi"]["constat"].endswith("email 1")
    assert found["envois abandonnés"]["constat"] == "notify 1"
    assert code == 0


@pytest.mark.usefixtures("living")
def test_a_stop_of_all_sending_is_told() -> None:
    sending.stop(reason="Restauration", now=clock.now())
    found, code = examine()
    assert (found["départ des envois"]["etat"], code) == ("à voir", 0)
    assert "resume_sending" in found["départ des envois"]["remede"]


@pytest.mark.usefixtures("living")
def test_a_clock_that_drifts_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data.clock, "now", lambda: datetime.now(UTC) + timedelta(seconds=30))
    (one,) = data.look_at_clock()
    assert one.verdict is Verdict.BROKEN
    assert "NTP" in one.remedy


@pytest.mark.parametrize(
    ("free", "verdict"), [(10**8, Verdict.BROKEN), (2 * 10**9, Verdict.CHECK), (10**11, Verdict.OK)]
)
def test_the_room_left_is_judged(monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict) -> None:
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    (one,) = machine.look_at_disk()
    assert one.verdict is verdict


def test_an_antivirus_that_does_not_answer_is_broken(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    monkeypatch.setattr(antivirus, "TIMEOUT_SECONDS", 1.0)
    (one,) = look_at_all([subject for subject in SUBJECTS if subject.name == "antivirus"])
    assert one.verdict is Verdict.BROKEN
    assert "CLAMD_ADDRESS" in one.remedy


def test_a_mail_server_that_does_not_answer_is_broken(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    (one,) = look_at_all([subject for subject in SUBJECTS if subject.name == "courriel"])
    assert one.verdict is Verdict.BROKEN
    assert "EMAIL_URL" in one.remedy


def test_a_missing_pango_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> bytes:
        raise PangoMissingError("apt-get")

    monkeypatch.setattr(machine.pdf, "pdf_of", missing)
    (one,) = look_at_all([subject for subject in SUBJECTS if subject.name == "PDF"])
    assert one.verdict is Verdict.BROKEN
    assert "apt-get install" in one.remedy


def test_in_production_what_only_suits_a_desk_is_told(settings: Any) -> None:
    settings.PRODUCTION = True
    assert [one.verdict for one in machine.look_at_broker()] == [Verdict.BROKEN]
    assert [one.verdict for one in machine.look_at_scanner()] == [Verdict.CHECK]
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    assert [one.verdict for one in machine.look_at_mail()] == [Verdict.BROKEN]


@pytest.mark.usefixtures("living")
def test_a_person_reads_one_line_a_thing() -> None:
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "ok        base\u00a0: " in out.getvalue()
