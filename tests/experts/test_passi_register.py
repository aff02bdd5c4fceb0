"""The register beside the firms: matches by SIREN and by name, certificates that follow, and its pages."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from experts import services
from experts.models import ExpertFirm, PassiCertificate, PassiImport, PassiListing
from experts.services import passi
from portal import clock
from portal.accounts.models import Organisation, StaffRole, User
from portal.audit.models import Event
from tests.experts.conftest import NOW, SIRENS, person, signed_in
from tests.experts.test_passi_import import GOOD, HEAD, UNKNOWN, take

pytestmark = pytest.mark.django_db
NAMED = ";Vigie Conseil SAS;audit de code source;2025-01-01;2027-12-31"


def register(name: str, siren: str) -> ExpertFirm:
    return services.register_firm(name=name, siren=siren, actor=person(name.lower()), now=NOW)


def certificates(firm: ExpertFirm) -> list[tuple[date, date, list[str]]]:
    rows = firm.passi_certificates.order_by("valid_from", "pk")
    return [(one.valid_from, one.valid_until, one.scopes) for one in rows]


def test_a_siren_matches_at_once(firm: ExpertFirm) -> None:
    take(GOOD)
    assert PassiListing.objects.get().match == "confirmed"
    expected = (date(2025, 1, 1), date(2027, 12, 31), ["code_audit", "penetration_test"])
    assert certificates(firm) == [expected]


def test_a_name_waits_for_an_officer(firm: ExpertFirm, officer: User) -> None:
    take(NAMED)
    listing = PassiListing.objects.to_confirm().get()
    assert (listing.firm, firm.passi_certificates.count()) == (firm, 0)
    passi.confirm_match(listing=listing, firm=firm, actor=officer, now=NOW)
    assert firm.passi_certificates.get().listing == listing
    assert Event.objects.get(name="passi_match_confirmed").actor_ref == officer.pk
    # A later list keeps what a person settled.
    take(NAMED.replace("2027", "2028"))
    assert certificates(firm) == [(date(2025, 1, 1), date(2028, 12, 31), ["code_audit"])]
    with pytest.raises(services.Refused, match="déjà tranché"):
        passi.confirm_match(listing=listing, firm=firm, actor=officer, now=NOW)


def test_a_wrong_match_is_taken_back_with_the_certificate_it_gave(firm: ExpertFirm, officer: User) -> None:
    other = namesake()
    take(NAMED)
    listing, desk = PassiListing.objects.get(), signed_in(officer)
    address = reverse("passi_match", args=[listing.pk])
    assert 'value="reopen"' not in desk.get(reverse("passi_register")).content.decode()
    desk.post(address, {"firm": str(other.pk)})
    assert other.passi_certificates.exists()
    assert 'value="reopen"' in desk.get(reverse("passi_register")).content.decode()
    desk.post(address, {"firm": "reopen"})
    assert PassiListing.objects.to_confirm().get() == listing
    assert not PassiCertificate.objects.exists()
    desk.post(address, {"firm": str(firm.pk)})
    assert firm.passi_certificates.get().listing == listing
    assert Event.objects.filter(name="passi_match_proposed", actor_ref=officer.pk).count() == 1


def test_a_name_that_was_wrongly_put_aside_is_proposed_again(firm: ExpertFirm, officer: User) -> None:
    take(NAMED)
    listing = PassiListing.objects.get()
    passi.reject_match(listing=listing, actor=officer, now=NOW)
    passi.reopen_match(listing=listing, actor=officer, now=NOW)
    assert PassiListing.objects.to_confirm().get().firm == firm


def test_what_a_person_recorded_stays_when_a_match_is_taken_back(firm: ExpertFirm, officer: User) -> None:
    certificate = PassiCertificate.objects.create(
        firm=firm,
        reference="PASSI-12",
        valid_from=date(2025, 1, 1),
        valid_until=date(2027, 12, 31),
        scopes=[],
    )
    take(NAMED)
    listing = PassiListing.objects.get()
    passi.confirm_match(listing=listing, firm=firm, actor=officer, now=NOW)
    passi.reopen_match(listing=listing, actor=officer, now=NOW)
    certificate.refresh_from_db()
    assert certificate.listing is None


def test_a_match_by_siren_is_nobodys_choice_to_take_back(firm: ExpertFirm, officer: User) -> None:
    take(GOOD)
    with pytest.raises(services.Refused, match="déjà tranché"):
        passi.reopen_match(listing=PassiListing.objects.get(), actor=officer, now=NOW)
    assert firm.passi_certificates.exists()


def test_a_name_that_is_another_firm_is_not_proposed_again(firm: ExpertFirm, officer: User) -> None:
    take(NAMED)
    passi.reject_match(listing=PassiListing.objects.get(), actor=officer, now=NOW)
    take(NAMED.replace("2027", "2028"))
    assert not PassiListing.objects.to_confirm().exists()
    assert not firm.passi_certificates.exists()


@pytest.mark.parametrize("role", ["", "controller", "auditor", "administrator"])
def test_only_officers_and_managers_settle_a_match(firm: ExpertFirm, role: str) -> None:
    take(NAMED)
    with pytest.raises(services.Refused):
        passi.confirm_match(
            listing=PassiListing.objects.get(), firm=firm, actor=person("somebody", role), now=NOW
        )


def namesake(siren: str = SIRENS[2]) -> ExpertFirm:
    room = Organisation.objects.create(kind=Organisation.Kind.EXPERT_FIRM, name="VIGIE CONSEIL")
    return ExpertFirm.objects.create(organisation=room, name=room.name, siren=siren)


def test_two_firms_of_one_name_are_both_proposed_and_the_officer_chooses(
    firm: ExpertFirm, officer: User
) -> None:
    other, stranger = namesake(), register("Sentinelle", SIRENS[1])
    take(NAMED)
    listing = PassiListing.objects.to_confirm().get()
    assert passi.candidates([listing])[listing.pk] == [firm, other]
    assert not PassiCertificate.objects.exists()
    desk, address = signed_in(officer), reverse("passi_match", args=[listing.pk])
    page = desk.get(reverse("passi_register")).content.decode()
    for one in (firm, other):
        assert f'name="firm" value="{one.pk}"' in page
    for typed in ({"firm": str(stranger.pk)}, {"firm": "x"}, {"firm": "9" * 30}, {}):
        assert desk.post(address, typed).status_code == 302
        assert PassiListing.objects.to_confirm().exists()
    desk.post(address, {"firm": str(other.pk)})
    assert (other.passi_certificates.count(), firm.passi_certificates.count()) == (1, 0)
    listing.refresh_from_db()
    assert (listing.match, listing.firm) == ("confirmed", other)


def test_none_of_the_namesakes_is_proposed_again_but_a_later_one_is(firm: ExpertFirm, officer: User) -> None:
    namesake()
    take(NAMED)
    listing = PassiListing.objects.get()
    signed_in(officer).post(reverse("passi_match", args=[listing.pk]), {"firm": "none"})
    take(NAMED)
    listing.refresh_from_db()
    assert listing.match == "rejected"
    third = namesake(SIRENS[1])
    take(NAMED)
    listing.refresh_from_db()
    assert (listing.match, listing.firm) == ("proposed", third)


def test_namesakes_to_be_told_apart_are_all_still_listed(firm: ExpertFirm) -> None:
    other = namesake()
    dates = {"valid_from": date(2025, 1, 1), "valid_until": date(2027, 12, 31)}
    for one in (firm, other):
        PassiCertificate.objects.create(firm=one, scopes=["code_audit"], **dates)
    take(NAMED)
    assert PassiCertificate.objects.filter(still_listed=True).count() == 2


def test_a_firm_that_registers_later_is_matched_by_the_next_import(db: None) -> None:
    take(GOOD)
    firm = services.register_firm(name="Vigie", siren=SIRENS[0], actor=person("late"), now=NOW)
    assert take(GOOD).unchanged == 1
    assert firm.passi_certificates.count() == 1


def test_a_certificate_recorded_by_hand_is_taken_over(firm: ExpertFirm, officer: User) -> None:
    services.record_passi_certificate(
        firm=firm,
        valid_from=date(2025, 1, 1),
        valid_until=date(2026, 12, 31),
        scopes=["code_audit"],
        officer=officer,
        now=NOW,
        reference="PASSI-12",
    )
    take(GOOD)
    kept = firm.passi_certificates.get()
    assert (kept.reference, kept.valid_until, kept.listing) == (
        "PASSI-12",
        date(2027, 12, 31),
        PassiListing.objects.get(),
    )


def test_a_renewed_qualification_leaves_the_former_to_the_audits_of_its_days(firm: ExpertFirm) -> None:
    take(GOOD)
    take(GOOD.replace("2025-01-01;2027-12-31", "2027-06-01;2030-05-31"))
    assert certificates(firm) == [
        (date(2025, 1, 1), date(2027, 5, 31), ["code_audit", "penetration_test"]),
        (date(2027, 6, 1), date(2030, 5, 31), ["code_audit", "penetration_test"]),
    ]


def test_an_earlier_start_corrects_the_certificate(firm: ExpertFirm) -> None:
    take(GOOD)
    take(GOOD.replace("2025-01-01", "2024-12-01"))
    assert [one[0] for one in certificates(firm)] == [date(2024, 12, 1)]


def test_a_match_to_confirm_is_not_a_drop(firm: ExpertFirm) -> None:
    take(GOOD, UNKNOWN)
    take(NAMED, UNKNOWN)
    assert PassiCertificate.objects.get().still_listed


# --- Pages
def upload(text: str, name: str = "liste.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def test_a_list_is_brought_and_its_report_read(firm: ExpertFirm, officer: User) -> None:
    desk = signed_in(officer)
    sent = {"file": upload(f"{HEAD}\n{GOOD}\n1;x;y;z;t\n"), "is_complete": "on"}
    answer = desk.post(reverse("passi_import"), sent)
    source = PassiImport.objects.get()
    assert answer.url == reverse("passi_import_report", args=[source.pk])
    assert (source.added, source.brought_by, source.is_complete) == (1, officer, True)
    page = desk.get(answer.url).content.decode()
    assert "SIREN « 1 » n’est pas valable" in page
    document = reverse("document_download", args=[source.document_id])
    assert document in page
    assert desk.get(document).status_code == 200
    assert signed_in(person("auditor", StaffRole.AUDITOR)).get(document).status_code == 200
    assert signed_in(person("controller", StaffRole.CONTROLLER)).get(document).status_code == 404
    assert signed_in(firm.organisation.memberships.get().user).get(document).status_code == 404


def test_an_extract_drops_nobody(firm: ExpertFirm, officer: User) -> None:
    take(GOOD)
    signed_in(officer).post(reverse("passi_import"), {"file": upload(f"{HEAD}\n{UNKNOWN}\n")})
    assert PassiListing.objects.dropped().count() == 0


@pytest.mark.parametrize("name", ["liste.pdf", "liste.xlsx"])
def test_another_kind_of_file_is_refused_on_its_field(officer: User, name: str) -> None:
    answer = signed_in(officer).post(reverse("passi_import"), {"file": upload(HEAD, name)})
    assert answer.status_code == 422
    assert "CSV" in answer.content.decode()
    assert not PassiImport.objects.exists()


def test_the_register_shows_what_to_do_first(firm: ExpertFirm, officer: User) -> None:
    take(NAMED, UNKNOWN)
    desk = signed_in(officer)
    page = desk.get(reverse("passi_register")).content.decode()
    assert "Rapprochements à confirmer" in page
    assert "Inconnu du portail" in page
    listing = PassiListing.objects.to_confirm().get()
    desk.post(reverse("passi_match", args=[listing.pk]), {"firm": str(firm.pk)})
    listing.refresh_from_db()
    assert listing.match == "confirmed"
    assert "Rapprochements à confirmer" not in desk.get(reverse("passi_register")).content.decode()
    take(UNKNOWN)
    assert "absents de la dernière liste" in desk.get(reverse("passi_register")).content.decode()
    assert "Sentinelle" not in desk.get(reverse("passi_register") + "?q=vigie").content.decode()


def test_a_list_that_is_cut_says_so(firm: ExpertFirm, officer: User) -> None:
    today = clock.today()
    for count, cut in ((49, False), (1, True)):
        PassiCertificate.objects.bulk_create(
            PassiCertificate(firm=firm, valid_from=today, valid_until=today, scopes=["code_audit"])
            for _ in range(count)
        )
        page = signed_in(officer).get(reverse("passi_register")).content.decode()
        assert ("Les 50 premiers seulement" in page) == cut


@pytest.mark.parametrize("count", [3, 60])
def test_the_register_asks_the_same_queries_for_any_number(
    officer: User, django_assert_num_queries: object, count: int
) -> None:
    dates = {"valid_from": date(2025, 1, 1), "valid_until": date(2027, 1, 1)}
    PassiListing.objects.bulk_create(
        PassiListing(name=f"P{rank:03d}", name_key=f"p{rank:03d}", scopes=["code_audit"], **dates)
        for rank in range(count)
    )
    desk = signed_in(officer)
    desk.get(reverse("passi_register"))
    with django_assert_num_queries(10):  # type: ignore[operator]
        desk.get(reverse("passi_register"))
