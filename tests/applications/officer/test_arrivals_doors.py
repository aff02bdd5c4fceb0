"""The doors of past dossiers: the command, the manager's pages, and the owner invited afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from applications.models import Company, DossierImport, UsedVolet
from applications.services.arrivals import past_dossiers, uploads
from portal.accounts.models import Membership
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_arrivals import PAID, SIREN, TODAY, csv_of, rows


# --- The command ---------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_command_rehearses_imports_and_repeats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    officer, file = f.OfficerFactory(), tmp_path / "passes.csv"
    file.write_bytes(csv_of(PAID, mark=b"\xef\xbb\xbf"))
    call_command("import_dossiers", file, "--dry-run")
    assert "rien n’est écrit" in capsys.readouterr().out
    assert not DossierImport.objects.exists()
    call_command("import_dossiers", file, "--by", officer.email)
    assert "dossiers repris\xa0: 1" in capsys.readouterr().out
    assert UsedVolet.objects.get().recorded_by == officer
    call_command("import_dossiers", file)
    assert "tout était déjà enregistré" in capsys.readouterr().out
    file.write_bytes(csv_of({**PAID, "volet": "7"}))
    with pytest.raises(SystemExit) as ended:
        call_command("import_dossiers", file, "--json")
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["refused"], told["faults"][0]["line"], told["faults"][0]["column"]) == (1, 2, "volet")


@pytest.mark.django_db
def test_the_command_refuses_what_is_no_file_of_dossiers(tmp_path: Path) -> None:
    file = tmp_path / "passes.csv"
    with pytest.raises(CommandError):
        call_command("import_dossiers", file)
    file.write_bytes(b"MZ\x00")
    with pytest.raises(CommandError, match="CSV"):
        call_command("import_dossiers", file)
    file.write_bytes(csv_of(PAID))
    with pytest.raises(CommandError, match="Aucun compte"):
        call_command("import_dossiers", file, "--by", "personne@exemple.fr")
    with pytest.raises(CommandError, match="chargé d’affaires"):
        call_command("import_dossiers", file, "--by", f.ControllerFactory().email)


@pytest.mark.django_db
def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "passes.csv"
    with file.open("wb") as big:
        big.truncate(25 * 1024 * 1024 + 1)
    with pytest.raises(CommandError, match="25 Mo"):
        call_command("import_dossiers", file, "--dry-run")


# --- The pages -----------------------------------------------------------------------------------
def deposit(client: Client, content: bytes, name: str = "passes.csv") -> Any:
    return client.post(reverse("import_list"), {"file": SimpleUploadedFile(name, content)})


@pytest.mark.django_db
def test_a_manager_previews_confirms_and_invites_the_owner() -> None:
    manager = f.ManagerFactory()
    client = signed_in(manager)
    page = deposit(client, csv_of(PAID, {**PAID, "volet": "9"})).url
    shown = client.get(page).content.decode()
    assert "À blanc" in shown
    assert "Importer les bonnes lignes" in shown
    assert "Le volet va de 1 à 5." in shown
    assert not UsedVolet.objects.exists()
    source = DossierImport.objects.get()
    done = client.post(reverse("import_confirm", args=[source.pk]), follow=True).content.decode()
    assert "L’import est terminé" in done
    assert "Le volet va de 1 à 5." in done
    assert UsedVolet.objects.get().imported_by == source
    client.post(reverse("import_confirm", args=[source.pk]))
    assert Event.objects.filter(chain="dossier_imports").count() == 1
    assert client.get(reverse("document_download", args=[source.document_id])).status_code == 200
    assert signed_in(f.OfficerFactory()).get(
        reverse("document_download", args=[source.document_id])
    ).status_code in {403, 404}
    again = client.get(deposit(client, csv_of(PAID)).url).content.decode()
    assert "Rien ne changerait" in again

    company = Company.objects.get(identifier=SIREN)
    of_company = reverse("officer_company", args=[company.pk])
    of_imported = client.get(of_company).content.decode()
    assert "Espace sans membre" in of_imported
    assert manager.full_name in of_imported
    assert reverse("import_list") in client.get(reverse("aid_register"), {"vue": "reprises"}).content.decode()
    newcomer = f.UserFactory()
    came = signed_in(newcomer)
    taken_page = came.post(reverse("company_lookup"), {"scheme": "siren", "identifier": SIREN})
    assert "Bpifrance a ouvert cet espace" in taken_page.content.decode()
    came.post(reverse("company_join"), {"scheme": "siren", "identifier": SIREN})
    assert newcomer.email in client.get(of_company).content.decode()
    assert "Cardiolog SAS" in client.get(reverse("import_list")).content.decode()
    invite = reverse("owner_invite", args=[company.pk])
    assert client.post(invite, {"email": "pas une adresse"}).status_code == 200
    assert client.post(invite, {"email": newcomer.email}).url == of_company
    assert f"Invitation envoyée à {newcomer.email}" in client.get(of_company).content.decode()
    Membership.objects.create(user=newcomer, organisation=company.organisation, role="owner")
    assert client.get(invite).status_code == 404
    assert "Espace sans membre" not in client.get(of_company).content.decode()


@pytest.mark.django_db
def test_a_page_takes_only_what_it_can_finish(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(f.ManagerFactory())
    assert "n’est pas accepté ici" in deposit(client, b"%PDF-1.4", "passes.pdf").content.decode()
    assert "UTF-8" in deposit(client, "é;è".encode("latin-1")).content.decode()
    monkeypatch.setattr(uploads, "MAX_ROWS", 1)
    page = deposit(client, csv_of(PAID, {**PAID, "volet": "1"})).url
    assert "divisez-le" in client.get(page).content.decode()
    client.post(reverse("import_confirm", args=[DossierImport.objects.get().pk]))
    assert not UsedVolet.objects.exists()


@pytest.mark.django_db
def test_the_model_file_is_itself_taken() -> None:
    model = signed_in(f.ManagerFactory()).get(reverse("import_template")).content
    report = past_dossiers.try_out(rows(model), today=TODAY)
    assert (report.recorded, report.faults) == (1, [])
