"""ANSSI's list taken in: what a line may be, what is reported, what a second import changes."""

import json
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from stdnum import luhn

from experts.models import ExpertFirm, PassiCertificate, PassiImport, PassiListing
from experts.services.passi import Report, import_file
from experts.services.passi.reading import SCOPES, name_key
from portal.accounts.models import User
from portal.audit.models import Event
from tests.experts.conftest import NOW, SIRENS

pytestmark = pytest.mark.django_db
HEAD = "siren;raison_sociale;portees;valide_du;valide_au"
GOOD = f"{SIRENS[0]};Vigie Conseil;audit de code source|tests d'intrusion;2025-01-01;2027-12-31"
UNKNOWN = f"{SIRENS[1]};Sentinelle;audit d’architecture;01/02/2025;31/01/2028"


def take(*lines: str, complete: bool = True, head: str = HEAD, encoding: str = "utf-8") -> Report:
    """Import these lines under the heading."""
    return take_bytes("\n".join((head, *lines)).encode(encoding), complete=complete)


def take_bytes(content: bytes, *, complete: bool = True) -> Report:
    source = PassiImport(file_name="liste.csv", brought_at=NOW, is_complete=complete)
    return import_file(BytesIO(content), source=source, now=NOW)


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.dropped


def siren(number: int) -> str:
    body = f"{number:08d}"
    return body + luhn.calc_check_digit(body)


# --- Lines
def test_good_lines_are_taken_and_a_second_import_changes_nothing(firm: ExpertFirm) -> None:
    assert counts(take(GOOD, UNKNOWN)) == (2, 0, 0, 0)
    before = list(PassiListing.objects.values()), list(PassiCertificate.objects.values())
    again = take(GOOD, UNKNOWN)
    assert (counts(again), again.errors) == ((0, 0, 2, 0), [])
    assert (list(PassiListing.objects.values()), list(PassiCertificate.objects.values())) == before
    kept = PassiListing.objects.get(siren=SIRENS[1])
    assert (kept.valid_from, kept.valid_until, kept.firm) == (date(2025, 2, 1), date(2028, 1, 31), None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_changes_nothing(encoding: str) -> None:
    assert take(GOOD, encoding=encoding).added == 1


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_blank_lines_and_trailing_separators_are_left_out(ending: str) -> None:
    report = take_bytes(ending.join((HEAD + ";", GOOD + ";", "", ";;;;", UNKNOWN, "")).encode())
    assert (counts(report), report.errors) == ((2, 0, 0, 0), [])


@pytest.mark.parametrize(
    ("typed", "scope"),
    [
        ("audit d'architecture", "architecture_audit"),
        ("Audit d’architecture", "architecture_audit"),
        ("AUDIT D'ARCHITECTURE", "architecture_audit"),
        (" Audit  de configuration ", "configuration_audit"),
        ("audit de code source", "code_audit"),
        ("Tests d´intrusion", "penetration_test"),
        ("tests d’intrusion", "penetration_test"),
        ("audit organisationnel et physique", "organisational_audit"),
        ("Audît Organisationnel et Physique", "organisational_audit"),
    ],
)
def test_scopes_are_read_whatever_their_case_accents_and_apostrophes(typed: str, scope: str) -> None:
    report = take(f"{SIRENS[0]};Vigie;{typed};2025-01-01;2027-12-31")
    assert report.errors == []
    assert PassiListing.objects.get().scopes == [scope]


def test_there_are_five_scopes() -> None:
    assert len(SCOPES) == 5


def test_an_unknown_scope_is_kept_out_and_reported() -> None:
    line = f"{SIRENS[0]};Vigie;audit de code source|audit de cafetière;2025-01-01;2027-12-31"
    report = take(line)
    assert PassiListing.objects.get().scopes == ["code_audit"]
    assert (report.added, [error["line"] for error in report.errors]) == (1, [2])
    assert "cafetière" in report.errors[0]["message"]
    assert counts(take(line)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"{SIRENS[0]};Vigie;audit de cafetière;2025-01-01;2027-12-31", "cafetière"),
        (f"{SIRENS[0]};Vigie;;2025-01-01;2027-12-31", "Aucune portée"),
        ("123456789;Vigie;audit de code source;2025-01-01;2027-12-31", "SIREN"),
        (f"{SIRENS[0]};;audit de code source;2025-01-01;2027-12-31", "raison sociale"),
        (f"{SIRENS[0]};{'x' * 201};audit de code source;2025-01-01;2027-12-31", "200"),
        (f"{SIRENS[0]};Vi\x00gie;audit de code source;2025-01-01;2027-12-31", "illisible"),
        (f"{SIRENS[0]};Vigie;audit de code source;2025-02-30;2027-12-31", "valide_du"),
        (f"{SIRENS[0]};Vigie;audit de code source;2025-01-01;1/2/2027", "valide_au"),
        (f"{SIRENS[0]};Vigie;audit de code source;;2027-12-31", "vide"),
        (f"{SIRENS[0]};Vigie;audit de code source;20250101;2027-12-31", "valide_du"),
        (f"{SIRENS[0]};Vigie;audit de code source;0001-01-01;2027-12-31", "valide_du"),
        (f"{SIRENS[0]};Vigie;audit de code source;2025-01-01;31/12/0027", "invraisemblable"),
        (f"{SIRENS[0]};Vigie;audit de code source;2025-01-01;31/02/2027", "valide_au"),
        (f"{SIRENS[0]};Vigie;audit de code source;2027-12-31;2025-01-01", "précède"),
        (f"{SIRENS[0]};Vigie;audit de code source;2025-01-01", "4 colonnes"),
        (f"{SIRENS[0]};Vi;gie;audit de code source;2025-01-01;2027-12-31", "6 colonnes"),
        (f'{SIRENS[0]};"Vi"gie;audit de code source;2025-01-01;2027-12-31', "guillemets"),
        (f'{SIRENS[0]};"Vigie;audit de code source;2025-01-01;2027-12-31', "guillemets"),
        (UNKNOWN, "répète"),
        (UNKNOWN.replace("Sentinelle", "SENTINELLE SAS"), "répète"),
    ],
)
def test_a_bad_line_is_reported_once_and_not_taken(line: str, words: str) -> None:
    report = take(UNKNOWN, line)
    assert [error["line"] for error in report.errors] == [3]
    assert words in report.errors[0]["message"]
    assert report.added == 1


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_mistyped_year_stops_neither_the_import_nor_a_firm_that_is_known(
    firm: ExpertFirm, year: str
) -> None:
    report = take(UNKNOWN, f"{SIRENS[0]};Vigie;audit de code source;{year}-01-01;{year}-12-31")
    assert (report.added, [error["line"] for error in report.errors]) == (1, [3])
    assert not firm.passi_certificates.exists()


def test_a_line_with_several_faults_is_one_error() -> None:
    report = take("1;;nada;x;y")
    assert len(report.errors) == 1
    for words in ("SIREN", "raison sociale", "nada", "valide_du", "valide_au"):
        assert words in report.errors[0]["message"]


def test_lines_are_numbered_as_in_the_file() -> None:
    quoted = f'{SIRENS[0]};"Vigie\nConseil";audit de code source;2025-01-01;2027-12-31'
    report = take(quoted, "", "1;x;y;z;t")
    assert [error["line"] for error in report.errors] == [5]
    assert PassiListing.objects.get().name == "Vigie Conseil"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        GOOD.encode(),
        HEAD.replace(";", ",").encode(),
        f"siren;portees;raison_sociale;valide_du;valide_au\n{GOOD}".encode(),
        f"{HEAD}\n{SIRENS[0]};Sécurité;audit;2025-01-01;2027-12-31".encode("latin-1"),
        b"\xff\xfe" + HEAD.encode("utf-16-le"),
    ],
)
def test_a_file_that_is_no_list_is_an_error_at_its_first_line(content: bytes) -> None:
    take(GOOD)
    report = take_bytes(content)
    assert [error["line"] for error in report.errors] == [1]
    assert counts(report) == (0, 0, 0, 0)
    assert PassiListing.objects.get().is_listed


def test_two_thousand_lines_with_thirty_faulty_ones(django_assert_max_num_queries: Any) -> None:
    bad = {line: ("date", "siren", "portée")[line % 3] for line in range(40, 2000, 66)}
    lines = []
    for line in range(2, 2002):
        number = "123456789" if bad.get(line) == "siren" else siren(line)
        scope = "rien" if bad.get(line) == "portée" else "tests d'intrusion"
        until = "31-12-2027" if bad.get(line) == "date" else "31/12/2027"
        lines.append(f"{number};Prestataire {line};{scope};2025-01-01;{until}")
    assert (len(lines), len(bad)) == (2000, 30)
    with django_assert_max_num_queries(60):
        report = take(*lines)
    assert [error["line"] for error in report.errors] == sorted(bad)
    assert counts(report) == (1970, 0, 0, 0)
    assert counts(take(*lines)) == (0, 0, 1970, 0)


# --- Changes, drops
def test_a_changed_line_is_counted_once() -> None:
    take(GOOD, UNKNOWN)
    assert counts(take(GOOD.replace("2027-12-31", "2028-12-31"), UNKNOWN)) == (0, 1, 1, 0)
    assert counts(take(GOOD, UNKNOWN)) == (0, 1, 1, 0)


def test_a_firm_that_a_new_list_drops_is_flagged_and_not_erased(firm: ExpertFirm) -> None:
    take(GOOD, UNKNOWN)
    assert counts(take(UNKNOWN)) == (0, 0, 1, 1)
    certificate = PassiCertificate.objects.get()
    assert (certificate.firm, certificate.still_listed) == (firm, False)
    gone = PassiListing.objects.dropped().get()
    assert (gone.siren, gone.dropped_on) == (SIRENS[0], NOW.date())
    assert counts(take(GOOD, UNKNOWN)) == (0, 1, 1, 0)
    certificate.refresh_from_db()
    assert certificate.still_listed


def test_a_certificate_recorded_by_hand_is_flagged_too(firm: ExpertFirm) -> None:
    dates = {"valid_from": date(2025, 1, 1), "valid_until": date(2027, 1, 1)}
    PassiCertificate.objects.create(firm=firm, scopes=["code_audit"], **dates)
    take(UNKNOWN)
    assert not PassiCertificate.objects.get().still_listed


@pytest.mark.parametrize(
    ("lines", "complete", "words"),
    [
        ((), True, "Aucune ligne"),
        (("1;x;y;z;t",), True, "Aucune ligne"),
        ((UNKNOWN,), False, "complète"),
        ((UNKNOWN, "a;b"), True, "quel prestataire"),
    ],
)
def test_nobody_drops_where_the_list_cannot_be_trusted(
    firm: ExpertFirm, lines: tuple[str, ...], complete: bool, words: str
) -> None:
    take(GOOD)
    report = take(*lines, complete=complete)
    assert report.dropped == 0
    assert words in report.drop_note
    assert PassiCertificate.objects.get().still_listed


@pytest.mark.parametrize(
    "line",
    [
        f"{SIRENS[0]};Vigie Conseil;audit de code source;x;2027-12-31",
        "1;VIGIE CONSEIL SAS;audit de code source;2025-01-01;2027-12-31",
    ],
)
def test_a_provider_named_by_a_faulty_line_does_not_drop(firm: ExpertFirm, line: str) -> None:
    take(GOOD, UNKNOWN)
    assert take(line, UNKNOWN).dropped == 0
    assert PassiListing.objects.get(siren=SIRENS[0]).is_listed


def test_one_provider_may_have_two_certificates(firm: ExpertFirm) -> None:
    later = GOOD.replace("2025-01-01;2027-12-31", "2028-01-01;2030-12-31")
    assert take(GOOD, later).added == 2
    assert firm.passi_certificates.count() == 2
    assert counts(take(GOOD, later)) == (0, 0, 2, 0)


def test_two_lines_of_one_start_are_two_certificates(firm: ExpertFirm) -> None:
    other = GOOD.replace("audit de code source|tests d'intrusion", "audit d'architecture")
    assert take(GOOD, other).added == 2
    held = [["architecture_audit"], ["code_audit", "penetration_test"]]
    assert sorted(firm.passi_certificates.values_list("scopes", flat=True)) == held
    before = list(PassiCertificate.objects.order_by("pk").values())
    assert counts(take(other, GOOD)) == (0, 0, 2, 0)
    assert list(PassiCertificate.objects.order_by("pk").values()) == before
    assert Event.objects.filter(chain="passi_register").latest("sequence").data["certificates"] == []
    # One of them corrected leaves the other alone.
    take(GOOD.replace("2027-12-31", "2028-06-30"), other)
    ends = set(firm.passi_certificates.values_list("valid_until", flat=True))
    assert ends == {date(2027, 12, 31), date(2028, 6, 30)}


def test_an_import_leaves_one_event(firm: ExpertFirm) -> None:
    take(GOOD, UNKNOWN)
    event = Event.objects.get(chain="passi_register")
    assert (event.data["added"], event.data["certificates"]) == (2, [PassiCertificate.objects.get().pk])


# --- Names
@pytest.mark.parametrize(
    "name",
    [
        "Vigie Conseil",
        "VIGIE CONSEIL SAS",
        "S.A.S. Vigie-Conseil",
        "Vigié  Conseil, SARL",
        "Vigie Conseil S.A.",
    ],
)
def test_names_are_compared_without_accents_and_legal_form(name: str) -> None:
    assert name_key(name) == "vigie conseil"


@pytest.mark.parametrize(
    ("name", "key"), [("SA", "sa"), ("Durand & Fils", "durand et fils"), ("Sas-Labs", "labs")]
)
def test_a_name_is_never_compared_empty(name: str, key: str) -> None:
    assert name_key(name) == key


# --- The command
def run(path: Path, *options: str) -> tuple[dict[str, Any], int]:
    written, status = StringIO(), 0
    try:
        call_command("import_passi", str(path), "--json", *options, stdout=written)
    except SystemExit as end:
        status = int(end.code or 0)
    return json.loads(written.getvalue()), status


def test_the_command_tells_in_json_and_by_its_status(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text(f"{HEAD}\n{GOOD}\n", encoding="utf-8")
    assert run(path) == ({"added": 1, "changed": 0, "unchanged": 0, "errors": []}, 0)
    path.write_text(f"{HEAD}\n{GOOD}\n1;x;y;z;t\n", encoding="utf-8")
    report, status = run(path)
    assert (report["unchanged"], [error["line"] for error in report["errors"]], status) == (1, [3], 1)
    assert set(report) == {"added", "changed", "unchanged", "errors"}


def test_the_command_tells_of_a_file_it_cannot_read(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        report, status = run(path)
        assert ([error["line"] for error in report["errors"]], status) == ([1], 1)
    assert not PassiImport.objects.exists()


def test_a_partial_list_drops_nobody_by_the_command(tmp_path: Path, firm: ExpertFirm, expert: User) -> None:
    take(GOOD)
    path = tmp_path / "liste.csv"
    path.write_text(f"{HEAD}\n{UNKNOWN}\n", encoding="utf-8")
    run(path, "--partial")
    assert PassiListing.objects.dropped().count() == 0
    run(path)
    assert PassiListing.objects.dropped().count() == 1


def test_a_certificates_first_notice_is_planned(firm: ExpertFirm) -> None:
    take(GOOD)
    assert PassiCertificate.objects.get().next_notice_on == date(2027, 12, 31) - timedelta(days=90)
