"""The records kept out of the database: written once, whole, stamped by an authority or said to be local."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal.audit import board, heads, services, stamps, tasks
from portal.audit.models import HeadRecord
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.portal.audit.authority import NAME, Authority, listening, pem

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DAYS = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.TSA_URL = settings.TSA_TRUST = ""
    return tmp_path / "heads"


@pytest.fixture
def authority(settings: Any) -> Iterator[Authority]:
    with listening() as found:
        settings.TSA_URL = found.url
        yield found


@pytest.fixture
def trusted(settings: Any, tmp_path: Path) -> None:
    """Trust the authority's own certificate."""
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "autorite.pem").write_bytes(pem())
    settings.TSA_TRUST = str(roots)


def record(*days: date) -> None:
    """Append an event on each of these days, record it and keep the file."""
    for day in days:
        services.append(chain=f"dossier:{day.day}", name="submit", at=NOW, actor=None, data={})
        services.record_heads(day=day)
        heads.keep_new(now=NOW)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refused(capsys: pytest.CaptureFixture[str], **options: Any) -> str:
    """Return what the command says of a journal that it refuses."""
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit", **options)
    return capsys.readouterr().err + str(refusal.value)


# --- Files -----------------------------------------------------------------------------------------
def test_the_task_writes_one_file_a_day_that_nothing_rewrites(folder: Path) -> None:
    services.append(chain="dossier:1", name="submit", at=NOW, actor=None, data={})
    tasks.record_heads()
    (name,) = names(folder)
    before = (folder / name).read_bytes()
    assert (folder / name).stat().st_mode & 0o777 == 0o440
    services.append(chain="dossier:1", name="take", at=NOW, actor=None, data={})
    tasks.record_heads()
    assert names(folder) == [name]
    assert (folder / name).read_bytes() == before
    told, row = json.loads(before), HeadRecord.objects.get()
    assert (told["digest"], told["hashes"]) == (row.digest, row.hashes)


def test_days_missed_are_written_later_and_chained(folder: Path) -> None:
    for day in DAYS:
        services.append(chain="dossier:1", name="submit", at=NOW, actor=None, data={})
        services.record_heads(day=day)
    assert heads.keep_new(now=NOW) == 3
    assert heads.keep_new(now=NOW) == 0
    first, second, third = heads.read_heads(folder)
    assert (second.previous_digest, third.previous_digest) == (first.digest, second.digest)
    assert services.verify(heads=[first, second, third], all_kept=True) == []


def test_a_file_that_says_something_else_stops_the_writing(folder: Path) -> None:
    record(DAYS[0])
    path = heads.path_of(DAYS[0])
    path.chmod(0o640)
    path.write_text("{}")
    with pytest.raises(heads.HeadsError, match="something else"):
        heads._keep(HeadRecord.objects.get())
    assert names(folder) == [path.name]


def test_what_is_verified_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_audit")
    assert "aucun conservé hors de la base" in capsys.readouterr().out
    record(*DAYS)
    call_command("verify_audit")
    assert "3, du 18/11/2026 au 20/11/2026, conformes à la base ; horodatés : 0" in capsys.readouterr().out
    result = heads.last_result()
    assert result is not None
    assert (result["events"], result["files"], result["problems"]) == (3, 3, [])


@pytest.mark.parametrize(("gone", "told"), [(0, ""), (1, "20/11/2026"), (2, "20/11/2026")])
def test_a_file_that_is_missing_is_found(gone: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    record(*DAYS)
    heads.path_of(DAYS[gone]).unlink()
    if told:
        assert f"fichier du {told}" in refused(capsys)
    else:
        # The oldest files may have been taken to a safe.
        call_command("verify_audit")


def test_a_file_that_was_changed_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    record(*DAYS)
    path = heads.path_of(DAYS[1])
    path.chmod(0o640)
    path.write_text(path.read_text().replace("dossier:19", "dossier:99"))
    assert "fichier du 19/11/2026 : le fichier conservé hors de la base a été modifié." in refused(capsys)
    path.write_text("illisible")
    assert "2026-11-19.json ne peut pas être lu" in refused(capsys)


def test_a_copy_that_is_none_is_a_clear_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "vide").mkdir()
    assert "ne contient aucun relevé" in refused(capsys, heads=str(tmp_path / "vide"))
    assert "ne peut pas être lu" in refused(capsys, heads=str(tmp_path / "absent.json"))


def test_a_copy_of_one_day_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(*DAYS)
    copy = tmp_path / "copie.json"
    copy.write_bytes(heads.path_of(DAYS[1]).read_bytes())
    call_command("verify_audit", heads=str(copy))
    assert "1, du 19/11/2026 au 19/11/2026" in capsys.readouterr().out


# --- Time stamps -----------------------------------------------------------------------------------
@pytest.mark.usefixtures("trusted")
def test_a_record_is_stamped_by_the_service_and_verified(
    authority: Authority, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record(DAYS[2])
    assert Outbox.objects.filter(kind="stamp_head").count() == 1
    outbox.drain(NOW)
    assert names(folder) == ["2026-11-20.json", "2026-11-20.tst"]
    (head,) = heads.read_heads(folder)
    stamp = head.stamp()
    assert stamp is not None
    assert (stamp.authority, stamp.trusted) == (NAME, True)
    call_command("verify_audit")
    assert "horodatés : 1, dont 1 par une autorité reconnue ; locaux : 0" in capsys.readouterr().out
    outbox.drain(NOW)
    heads.stamp_head({"day": "2026-11-20"}, outbox_id=1)
    assert authority.asked == 1


@pytest.mark.usefixtures("authority")
def test_without_a_root_the_authority_is_not_said_to_be_known(folder: Path) -> None:
    record(DAYS[2])
    outbox.drain(NOW)
    (head,) = heads.read_heads(folder)
    stamp = head.stamp()
    assert stamp is not None
    assert not stamp.trusted


def test_without_a_service_the_record_is_local(folder: Path) -> None:
    record(DAYS[2])
    assert not Outbox.objects.exists()
    assert heads.read_heads(folder)[0].stamp() is None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("fails", "ne répond pas"),
        ("noise", "ne peut pas être lue"),
        ("refuses", "a refusé (rejection)"),
        ("nonce", "nonce"),
        ("imprint", "horodate autre chose"),
    ],
)
def test_a_service_that_fails_is_asked_again_and_it_is_said(
    fault: str, said: str, authority: Authority, folder: Path
) -> None:
    authority.fault = fault
    record(DAYS[2])
    outbox.drain(NOW)
    duty = Outbox.objects.get(kind="stamp_head")
    assert said in duty.last_error
    assert duty.done_at is None
    assert names(folder) == ["2026-11-20.json"]
    (row,) = board.last_records()
    assert row.waits
    assert duty.last_error == f"StampError: {row.waits}"
    authority.fault = ""
    outbox.drain(NOW + timedelta(minutes=5))
    assert names(folder) == ["2026-11-20.json", "2026-11-20.tst"]
    assert board.last_records()[0].stamp is not None


@pytest.mark.usefixtures("authority")
def test_a_token_of_another_day_or_changed_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    record(*DAYS)
    outbox.drain(NOW)
    first, second = (heads.folder() / f"{day}.tst" for day in DAYS[:2])
    first.chmod(0o640)
    whole = first.read_bytes()
    first.write_bytes(second.read_bytes())
    assert "fichier du 18/11/2026 : son jeton" in refused(capsys)
    assert board.last_records()[2].wrong
    # Its last bytes are the signature.
    first.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "fichier du 18/11/2026 : son jeton" in refused(capsys)
    first.write_bytes(whole)
    call_command("verify_audit")


@pytest.mark.twin
def test_without_the_check_of_its_signature_a_forged_token_would_pass(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin."""
    token = stamps.asked("ab" * 32)
    forged = token[:-1] + bytes([token[-1] ^ 1])
    with pytest.raises(stamps.StampError, match="signature"):
        stamps.checked(forged, "ab" * 32)

    async def trusting(*_: Any, **__: Any) -> dict[str, Any]:
        return {"intact": True, "valid": True, "signing_cert": certificate, "validation_path": None}

    from asn1crypto import cms

    certificate = cms.ContentInfo.load(token)["content"]["certificates"][0].chosen
    monkeypatch.setattr(stamps, "validate_tst_signed_data", trusting)
    assert stamps.checked(forged, "ab" * 32).authority == NAME
    assert authority.asked == 1


def test_a_service_set_later_stamps_the_last_week_only(authority: Authority, settings: Any) -> None:
    url, settings.TSA_URL = authority.url, ""
    record(date(2026, 10, 1), *DAYS)
    settings.TSA_URL = url
    heads.keep_new(now=NOW)
    asked = Outbox.objects.filter(kind="stamp_head").order_by("pk")
    assert [one.payload["day"] for one in asked] == [str(day) for day in DAYS]


# --- The page --------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", [f.AuditorFactory, f.AdministratorFactory])
def test_the_page_tells_the_last_records_and_the_last_verification(
    role: Any, client: Any, folder: Path, django_assert_max_num_queries: Any
) -> None:
    client.force_login(role())
    page = reverse("audit_journal")
    assert "Aucun relevé" in client.get(page).content.decode()
    record(*DAYS)
    call_command("verify_audit")
    with django_assert_max_num_queries(8):
        shown = client.get(page).content.decode()
    assert shown.count("Conforme") == 3
    assert shown.count("Locale") == 3
    assert "Journal intact" in shown
    path = heads.path_of(DAYS[0])
    path.chmod(0o640)
    path.write_text(path.read_text().replace(HeadRecord.objects.get(day=DAYS[0]).digest, "0" * 64))
    heads.path_of(DAYS[1]).unlink()
    with pytest.raises(CommandError):
        call_command("verify_audit")
    shown = client.get(page).content.decode()
    assert "Différent" in shown
    assert "Sans fichier" in shown
    assert "Le journal a été altéré" in shown
