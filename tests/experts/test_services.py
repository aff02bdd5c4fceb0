"""Firms and certificates recorded by hand: what the services write and what they refuse."""

from datetime import date, timedelta

import pytest

from experts import services
from experts.models import ExpertFirm, PassiCertificate
from portal.accounts.models import Invitation, Membership, User
from portal.audit.models import Event
from portal.notifications.models import Outbox
from tests.experts.conftest import NOW, SIRENS, person

pytestmark = pytest.mark.django_db
IBAN = "FR76 3000 6000 0112 3456 7890 189"


def names(firm: ExpertFirm) -> list[str]:
    return list(
        Event.objects.filter(chain=f"firm:{firm.pk}").order_by("sequence").values_list("name", flat=True)
    )


def test_the_person_who_registers_a_firm_owns_it(firm: ExpertFirm, expert: User) -> None:
    assert firm.siren == SIRENS[0]
    assert Membership.objects.owners().get(organisation=firm.organisation).user == expert
    assert names(firm) == ["firm_registered"]


@pytest.mark.parametrize("siren", ["", "123456789", "73282932", "abc", "７３２８２９３２０"])
def test_a_siren_must_be_right(expert: User, siren: str) -> None:
    with pytest.raises(services.Refused) as refusal:
        services.register_firm(name="X", siren=siren, actor=expert, now=NOW)
    assert refusal.value.field == "siren"


def test_a_siren_has_one_space(firm: ExpertFirm) -> None:
    with pytest.raises(services.Refused, match="déjà enregistré"):
        services.register_firm(name="Autre", siren=firm.siren, actor=person("other"), now=NOW)
    assert ExpertFirm.objects.count() == 1


def test_an_outside_firm_is_invited_once_and_has_no_accreditation(firm: ExpertFirm) -> None:
    founder = person("founder")
    outside = services.register_outside_firm(
        name="Ailleurs", siren="404 833 048", email="Contact@Ailleurs.fr", invited_by=founder, now=NOW
    )
    again = services.register_outside_firm(
        name="Autre nom", siren=SIRENS[1], email="x@y.fr", invited_by=founder, now=NOW
    )
    assert again == outside
    assert outside.accreditations.count() == 0
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role) == ("contact@ailleurs.fr", "owner")
    known = services.register_outside_firm(
        name="Z", siren=firm.siren, email="z@z.fr", invited_by=founder, now=NOW
    )
    assert known == firm
    assert Invitation.objects.count() == 1


def test_a_bad_address_registers_nothing() -> None:
    with pytest.raises(services.Refused) as refusal:
        services.register_outside_firm(
            name="A", siren=SIRENS[1], email="nobody", invited_by=person("founder"), now=NOW
        )
    assert refusal.value.field == "email"
    assert not ExpertFirm.objects.exists()


def pay(firm: ExpertFirm, actor: User, **changed: str) -> ExpertFirm:
    typed = {"iban": IBAN, "bic": "AGRIFRPP882", "vat_regime": "standard", "vat_number": "FR83404833048"}
    services.update_payment_details(firm=firm, actor=actor, now=NOW, **(typed | changed))
    firm.refresh_from_db()
    return firm


def test_payment_details_are_checked_and_never_told(firm: ExpertFirm, expert: User) -> None:
    saved = pay(firm, expert)
    assert saved.iban == "FR7630006000011234567890189"
    event = Event.objects.get(name="payment_details_changed")
    assert event.data["fields"] == ["bic", "iban", "vat_number"]
    told = str(event.data) + "".join(str(row.payload) for row in Outbox.objects.all())
    assert "30006000" not in told
    assert "404833048" not in told
    pay(firm, expert)
    assert names(firm).count("payment_details_changed") == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("iban", "FR7630006000011234567890180"), ("bic", "XX"), ("vat_number", "FR1"), ("vat_regime", "none")],
)
def test_wrong_numbers_are_refused_on_their_field(
    firm: ExpertFirm, expert: User, field: str, value: str
) -> None:
    with pytest.raises(services.Refused) as refusal:
        pay(firm, expert, **{field: value})
    assert refusal.value.field == field


def test_only_the_franchise_needs_no_vat_number(firm: ExpertFirm, expert: User) -> None:
    with pytest.raises(services.Refused) as refusal:
        pay(firm, expert, vat_number="")
    assert refusal.value.field == "vat_number"
    assert pay(firm, expert, vat_number="", vat_regime="franchise_293B").vat_number == ""


def test_a_stranger_changes_nothing(firm: ExpertFirm) -> None:
    stranger = person("stranger")
    with pytest.raises(services.Refused):
        pay(firm, stranger)
    with pytest.raises(services.Refused):
        services.update_identity(firm=firm, actor=stranger, now=NOW, fields={"name": "Volé"})
    with pytest.raises(services.Refused):
        services.add_consultant(firm=firm, actor=stranger, now=NOW, full_name="X")


def test_the_event_of_an_identity_names_the_fields_only(firm: ExpertFirm, expert: User) -> None:
    services.update_identity(firm=firm, actor=expert, now=NOW, fields={"name": "Vigie SAS", "city": ""})
    assert Event.objects.get(name="identity_changed").data["fields"] == ["name"]
    firm.refresh_from_db()
    assert firm.organisation.name == "Vigie SAS"


def test_the_address_that_is_left_is_told(firm: ExpertFirm, expert: User) -> None:
    for address in ("contact@vigie.fr", "autre@vigie.fr"):
        services.update_identity(firm=firm, actor=expert, now=NOW, fields={"contact_email": address})
    letters = [row.payload for row in Outbox.objects.filter(kind="email")]
    assert [(one["to"], "de contact" in one["subject"]) for one in letters] == [("contact@vigie.fr", True)]


def test_a_certificate_is_recorded_then_corrected(firm: ExpertFirm, officer: User) -> None:
    dates = {"valid_from": date(2026, 1, 1), "valid_until": date(2028, 1, 1)}
    kept = services.record_passi_certificate(
        firm=firm, scopes=["code_audit"], officer=officer, now=NOW, **dates
    )
    services.record_passi_certificate(
        firm=firm,
        scopes=["penetration_test", "code_audit"],
        officer=officer,
        now=NOW + timedelta(days=1),
        certificate=kept,
        **dates,
    )
    assert PassiCertificate.objects.get().scopes == ["code_audit", "penetration_test"]
    assert names(firm)[1:] == ["passi_recorded", "passi_corrected"]
    event = Event.objects.get(name="passi_corrected")
    assert event.data["before"] == {
        "valid_from": "2026-01-01",
        "valid_until": "2028-01-01",
        "scopes": ["code_audit"],
    }


@pytest.mark.parametrize("scopes", [[], ["unknown"], ["code_audit", "unknown"]])
def test_scopes_are_the_five_of_the_list(firm: ExpertFirm, officer: User, scopes: list[str]) -> None:
    with pytest.raises(services.Refused) as refusal:
        services.record_passi_certificate(
            firm=firm,
            valid_from=date(2026, 1, 1),
            valid_until=date(2028, 1, 1),
            scopes=scopes,
            officer=officer,
            now=NOW,
        )
    assert refusal.value.field == "scopes"
