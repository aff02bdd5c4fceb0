"""Past dossiers come in once, line by line: what is read, refused, completed, counted, and who may bring them."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.urls import reverse

from applications.models import Company, Dossier, DossierImport, UsedVolet
from applications.services.arrivals import past_dossiers, tables
from applications.services.arrivals.columns import COLUMNS, Fault, PastDossier, read_line
from applications.services.filing_home import read_space
from applications.workflow.refusals import NotYours
from portal import clock
from portal.accounts.models import Membership
from portal.audit.models import Event
from portal.audit.services import verify
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SIREN = "552100554"
PAID = {
    "identifiant": "552 100 554",
    "raison_sociale": "Cardiolog SAS",
    "reference": "DM-2023-017",
    "edition": "2023",
    "volet": "2",
    "situation": "payé",
    "accorde_le": "17/05/2023",
    "montant_ht": "12 000,50",
    "paye_le": "2023-11-30",
}


def csv_of(*rows: dict[str, str], separator: str = ";", mark: bytes = b"") -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    return mark + "\r\n".join(separator.join(f'"{c}"' for c in line) for line in lines).encode()


def read(**changed: str) -> PastDossier:
    found = read_line(2, {**PAID, **changed}, today=TODAY)
    assert isinstance(found, PastDossier), found
    return found


def faults(**changed: str) -> list[Fault]:
    found = read_line(2, {**PAID, **changed}, today=TODAY)
    assert isinstance(found, list)
    return found


def rows(content: bytes, extension: str = "csv") -> list[tuple[int, dict[str, str]]]:
    return list(tables.rows_of(io.BytesIO(content), extension))


def taken(content: bytes, actor: Any = None) -> past_dossiers.Report:
    source = DossierImport.objects.create(
        file_name="passes.csv", sha256="a" * 64, brought_by=actor, brought_at=NOW
    )
    return past_dossiers.take_in(
        tables.rows_of(io.BytesIO(content), "csv"), source=source, actor=actor, now=NOW
    )


# --- Cells and lines -----------------------------------------------------------------------------
def test_a_line_is_read_as_people_write_it() -> None:
    past = read()
    assert (past.scheme, past.identifier, past.volet, past.edition) == ("siren", SIREN, 2, "2023")
    assert (past.used_on, past.amount, past.paid_on) == (
        date(2023, 5, 17),
        Decimal("12000.50"),
        date(2023, 11, 30),
    )
    assert read(identifiant="55210055400013").identifier == SIREN
    assert (
        read(volet="Volet 3", edition="Édition 2024", accorde_le="2025-09-02", paye_le="2026-01-02").volet
        == 3
    )


@pytest.mark.parametrize(
    "typed",
    ["12000.50", "12000,5", "12\u202f000,50 €", "12.000,50", "12 000.50"],
)
def test_an_amount_is_french_or_plain(typed: str) -> None:
    assert read(montant_ht=typed).amount == Decimal("12000.50")


@pytest.mark.parametrize(
    ("column", "typed"),
    [
        ("identifiant", "552 100 555"),
        ("identifiant", ""),
        ("raison_sociale", ""),
        ("raison_sociale", "x" * 201),
        ("registre", "rcs"),
        ("edition", "2022"),
        ("volet", "6"),
        ("volet", "1 et 2"),
        ("situation", "en cours"),
        ("accorde_le", "31/02/2023"),
        ("accorde_le", "05/17/2023"),
        ("accorde_le", ""),
        ("accorde_le", "2022-01-01"),
        ("paye_le", "2023-05-16"),
        ("paye_le", "2026-11-22"),
        ("montant_ht", ""),
        ("montant_ht", "0"),
        ("montant_ht", "-12"),
        ("montant_ht", "1.234"),
        ("montant_ht", "beaucoup"),
    ],
)
def test_a_wrong_cell_is_named_with_what_to_do(column: str, typed: str) -> None:
    found = faults(**{column: typed})
    assert [(one.line, one.column) for one in found] == [(2, column)]
    assert found[0].message
    assert found[0].remedy


def test_every_fault_of_a_line_is_told_at_once() -> None:
    assert {
        one.column for one in faults(identifiant="552100555", volet="9", accorde_le="hier", edition="")
    } == {
        "identifiant",
        "volet",
        "accorde_le",
        "edition",
    }


def test_only_a_paid_dossier_has_a_day_of_payment() -> None:
    assert [one.column for one in faults(situation="accorde")] == ["paye_le"]
    assert read(situation="accordé", paye_le="").situation == "accorde"
    bare = read(situation="utilisé", accorde_le="", montant_ht="", paye_le="")
    assert (bare.used_on, bare.amount) == (None, None)


# --- Files ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_csv_is_read_with_or_without_its_mark(separator: str, mark: bytes) -> None:
    found = rows(csv_of(PAID, {}, PAID, separator=separator, mark=mark))
    assert [line for line, _ in found] == [2, 4]
    assert found[0][1] == PAID


def test_a_sheet_gives_the_same_lines_and_a_formula_is_what_it_shows() -> None:
    written = io.BytesIO()
    book = xlsxwriter.Workbook(written)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, list(PAID))
    sheet.write_row(1, 0, list(PAID.values()))
    sheet.write_number(1, 0, int(SIREN))
    sheet.write_formula(1, 1, '=HYPERLINK("http://exemple.test","x")', value="Cardiolog SAS")
    sheet.write_number(1, 7, 12000.5)
    sheet.write_datetime(1, 6, datetime(2023, 5, 17), book.add_format({"num_format": "dd/mm/yyyy"}))  # noqa: DTZ001 a sheet has no zone
    book.close()
    ((line, cells),) = rows(written.getvalue(), "xlsx")
    assert line == 2
    assert read_line(line, cells, today=TODAY) == read()


def test_a_formula_of_a_csv_stays_text() -> None:
    assert read(raison_sociale="=1+1").name == "=1+1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"identifiant;nom\r\n", "Colonne inconnue"),
        (b"identifiant;raison_sociale\r\n", "Il manque"),
        (b"volet;volet\r\n", "deux fois"),
        ("identifiant;raison_sociale;edition;volet;situation\nx;Café\n".encode("latin-1"), "UTF-8"),
        (b"identifiant;raison_sociale;edition;volet;situation\n1;2;3;4;5;6\n", "plus de cases"),
        (b'identifiant;raison_sociale;edition;volet;situation\n1;"2;3\n', "guillemet"),
    ],
)
def test_a_file_that_is_no_table_says_why(content: bytes, said: str) -> None:
    with pytest.raises(tables.TableRefused, match=said):
        rows(content)


def test_the_documentation_tells_every_column() -> None:
    told = (Path(__file__).parents[3] / "docs" / "imports.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        need = "oui" if column.required else "non"
        assert f"| `{column.name}` | {column.meaning} | {column.form} | {need} | {column.example} |" in told


# --- What the lines become -----------------------------------------------------------------------
@pytest.mark.django_db
def test_an_import_is_taken_once_and_says_so_the_second_time() -> None:
    manager = f.ManagerFactory()
    content = csv_of(PAID, {**PAID, "volet": "3", "reference": "DM-2023-018"})
    first = taken(content, manager)
    assert (first.lines, first.recorded, first.companies, first.refused) == (2, 2, 1, 0)
    company = Company.objects.get(identifier=SIREN)
    assert not Membership.objects.filter(organisation=company.organisation).exists()
    events = Event.objects.count()
    second = taken(content, manager)
    assert (second.recorded, second.unchanged, second.companies, second.changes) == (0, 2, 0, 0)
    assert UsedVolet.objects.count() == 2
    # Only the import itself is written down.
    assert Event.objects.count() == events + 1
    last = Event.objects.filter(chain="dossier_imports").last()
    assert last is not None
    assert (last.actor_ref, last.data["sha256"], last.data["unchanged"]) == (manager.pk, "a" * 64, 2)
    assert verify() == []


@pytest.mark.django_db
def test_good_lines_are_taken_beside_bad_ones() -> None:
    report = taken(
        csv_of({**PAID, "volet": "8"}, PAID, {**PAID, "reference": "double"}, {**PAID, "volet": "1"})
    )
    assert (report.recorded, report.refused) == (2, 2)
    assert [(one.line, one.column) for one in report.faults] == [(2, "volet"), (4, "volet")]
    assert "ligne 3" in report.faults[1].message


@pytest.mark.django_db
def test_trying_out_writes_nothing_and_foretells_the_import() -> None:
    content = csv_of(
        PAID, {**PAID, "volet": "3"}, {**PAID, "volet": "9"}, {**PAID, "situation": "sans suite"}
    )
    foretold = past_dossiers.try_out(rows(content), today=TODAY)
    assert (Company.objects.count(), UsedVolet.objects.count(), Event.objects.count()) == (0, 0, 0)
    assert foretold == taken(content)


@pytest.mark.django_db
def test_a_later_file_completes_and_never_replaces() -> None:
    granted = {**PAID, "situation": "accorde", "paye_le": "", "reference": ""}
    taken(csv_of(granted))
    assert taken(csv_of(PAID)).completed == 1
    used = UsedVolet.objects.get()
    assert (used.paid_on, used.reference, used.amount) == (
        date(2023, 11, 30),
        "DM-2023-017",
        Decimal("12000.50"),
    )
    other = taken(csv_of({**PAID, "montant_ht": "13 000"}))
    assert [(one.column, other.completed) for one in other.faults] == [("montant_ht", 0)]
    assert "12\u202f000,50\xa0€" in other.faults[0].message
    # The earlier file again: it says less, and takes nothing away.
    assert taken(csv_of(granted)).unchanged == 1


@pytest.mark.django_db
def test_a_volet_that_a_request_of_the_portal_holds_is_not_taken_from_a_file() -> None:
    journey = Journey().to("under_review")
    company, dossier = journey.dossier.company, journey.dossier
    company.identifier = SIREN
    company.save()
    report = taken(csv_of({**PAID, "volet": str(dossier.volet)}))
    assert report.refused == 1
    assert dossier.number in report.faults[0].message
    assert not UsedVolet.objects.exists()


@pytest.mark.django_db
def test_a_past_dossier_counts_everywhere_and_is_no_live_one() -> None:
    taken(csv_of(PAID, {**PAID, "volet": "3", "situation": "accorde", "paye_le": "", "montant_ht": "500"}))
    company = Company.objects.get(identifier=SIREN)
    passport = read_space(company, today=clock.today()).passport
    assert {card.number for card in passport.cards if card.status == "used"} == {2, 3}
    assert (passport.paid, passport.committed) == (Decimal("12000.50"), Decimal(500))
    assert passport.register[0].paid_on == date(2023, 11, 30)
    assert not Dossier.objects.exists()
    client = signed_in(f.ControllerFactory())
    page = client.get(reverse("officer_company", args=[company.pk])).content.decode()
    assert "DM-2023-017" in page
    assert "12\u202f000,50\xa0€" in page
    register = client.get(reverse("aid_register"), {"vue": "reprises"}).content.decode()
    assert "DM-2023-017" in register
    assert (
        client.get(reverse("aid_register"), {"vue": "reprises", "volet": "3"})
        .content.decode()
        .count("DM-2023")
        == 0
    )


@pytest.mark.django_db
def test_only_the_desk_takes_a_file_in() -> None:
    with pytest.raises(NotYours):
        taken(csv_of(PAID), f.ControllerFactory())
    assert not UsedVolet.objects.exists()


@pytest.mark.django_db
def test_a_line_costs_the_same_however_many_there_are(django_assert_max_num_queries: Any) -> None:
    many = [{**PAID, "volet": str(1 + rank % 5)} for rank in range(5)]
    with django_assert_max_num_queries(30 * 5 + 10):
        taken(csv_of(*many))
    with django_assert_max_num_queries(2 * 5 + 1):
        past_dossiers.try_out(rows(csv_of(*many)), today=TODAY)
