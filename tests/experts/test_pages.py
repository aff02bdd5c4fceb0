"""The pages of the expert pool: who enters, what they show, what they keep when refusing."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from experts import services
from experts.models import AccountChange, Accreditation, ExpertFirm, PassiCertificate
from experts.views import bank_accounts as account_views
from experts.views import firms as firm_views
from portal.accounts.models import Membership, Organisation, StaffRole, User
from tests.experts.conftest import NOW, SIRENS, person, signed_in
from tests.factors import give_factor

pytestmark = pytest.mark.django_db
FIRM_PAGES = [
    "firm_profile_of",
    "firm_edit",
    "firm_payment_details",
    "accreditation_request",
    "charter_accept",
    "insurance_file",
    "consultant_add",
]
POOL_PAGES = ["firm_detail", "accreditation_record", "certificate_record"]


@pytest.fixture
def just_signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firm_views, "recently_authenticated", lambda request: True)


@pytest.fixture
def stranger(db: None) -> User:
    user = person("stranger")
    services.register_firm(name="Autre cabinet", siren=SIRENS[2], actor=user, now=NOW)
    return user


@pytest.fixture
def company_user(db: None) -> User:
    user = person("founder")
    organisation = Organisation.objects.create(kind=Organisation.Kind.COMPANY, name="Cardiolab")
    Membership.objects.create(user=user, organisation=organisation, role="owner")
    return user


@pytest.mark.parametrize("name", FIRM_PAGES)
@pytest.mark.usefixtures("just_signed_in")
def test_a_firms_pages_are_its_own(  # noqa: PLR0917 one person per right
    firm: ExpertFirm, expert: User, stranger: User, company_user: User, officer: User, name: str
) -> None:
    address = reverse(name, args=[firm.pk])
    assert Client().get(address).status_code == 302
    assert signed_in(expert).get(address).status_code == 200
    assert signed_in(stranger).get(address).status_code == 404
    assert signed_in(company_user).get(address).status_code == 403
    assert signed_in(officer).get(address).status_code == 403


@pytest.mark.parametrize("name", POOL_PAGES)
def test_the_pool_is_bpifrances(firm: ExpertFirm, expert: User, officer: User, name: str) -> None:
    address = reverse(name, args=[firm.pk])
    auditor = signed_in(person("auditor", StaffRole.AUDITOR)).get(address)
    assert auditor.status_code == (200 if name == "firm_detail" else 403)
    assert signed_in(officer).get(address).status_code == 200
    assert signed_in(expert).get(address).status_code == 403
    assert signed_in(officer).get(reverse(name, args=[0])).status_code == 404


def test_a_person_registers_a_firm_and_lands_on_it(db: None) -> None:
    newcomer = person("newcomer")
    client = signed_in(newcomer)
    typed = {"name": "Norme & Cie", "siren": "404 833 048", "city": "Lyon"}
    answer = client.post(reverse("firm_create"), typed)
    firm = ExpertFirm.objects.get()
    assert (firm.siren, firm.city) == ("404833048", "Lyon")
    assert answer.url == reverse("firm_profile_of", args=[firm.pk])
    assert client.get(answer.url).url.startswith(reverse("second_factor_setup")), "an expert must have one"
    give_factor(newcomer)
    page = client.get(answer.url).content.decode()
    assert "Demander cet agrément" in page
    assert "Non demandé" in page


def test_what_was_typed_is_kept_when_the_siren_is_wrong(db: None) -> None:
    answer = signed_in(person("newcomer")).post(
        reverse("firm_create"), {"name": "Norme & Cie", "siren": "123456789"}
    )
    page = answer.content.decode()
    assert "Ce SIREN n’est pas valable" in page
    assert 'value="Norme &amp; Cie"' in page
    assert not ExpertFirm.objects.exists()


def test_payment_details_ask_for_the_password_first(firm: ExpertFirm, expert: User) -> None:
    answer = signed_in(expert).get(reverse("firm_payment_details", args=[firm.pk]))
    assert answer.url.startswith(reverse("account_reauthenticate"))


@pytest.mark.twin
def test_without_the_look_at_the_proof_an_open_session_changes_the_account(
    firm: ExpertFirm, expert: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firm_views, "recently_authenticated", lambda _request: True)
    answer = signed_in(expert).get(reverse("firm_payment_details", args=[firm.pk]))
    assert answer.status_code == 200


@pytest.mark.usefixtures("just_signed_in")
def test_the_iban_is_hidden_on_the_profile(firm: ExpertFirm, expert: User) -> None:
    client = signed_in(expert)
    client.post(
        reverse("firm_payment_details", args=[firm.pk]),
        {"iban": "FR7630006000011234567890189", "vat_regime": "franchise_293B"},
    )
    page = client.get(reverse("firm_profile")).content.decode()
    assert "FR•• •••• 0189" in page
    assert "30006000" not in page


@pytest.mark.parametrize(("number", "told"), [("FR83404833048", False), ("FR44732829320", True), ("", False)])
def test_a_vat_number_of_another_siren_is_pointed_out(
    firm: ExpertFirm, expert: User, officer: User, number: str, told: bool
) -> None:
    ExpertFirm.objects.filter(pk=firm.pk).update(siren="404833048", vat_number=number)
    mine = signed_in(expert).get(reverse("firm_profile")).content.decode()
    theirs = signed_in(officer).get(reverse("firm_detail", args=[firm.pk])).content.decode()
    assert ("autre SIREN" in mine, "Autre SIREN" in theirs) == (told, told)


def test_a_certificate_is_recorded_on_its_page(firm: ExpertFirm, officer: User) -> None:
    desk = signed_in(officer)
    address = reverse("certificate_record", args=[firm.pk])
    assert "Cochez au moins une portée" in desk.post(address, {}).content.decode()
    desk.post(address, {"valid_from": "2026-01-01", "valid_until": "2028-01-01", "scopes": ["code_audit"]})
    kept = PassiCertificate.objects.get()
    page = desk.get(reverse("certificate_edit", args=[firm.pk, kept.pk])).content.decode()
    assert "2028-01-01" in page


def many_firms(count: int) -> None:
    for index in range(count):
        organisation = Organisation.objects.create(
            kind=Organisation.Kind.EXPERT_FIRM, name=f"Cabinet {index:03d}"
        )
        firm = ExpertFirm.objects.create(organisation=organisation, name=organisation.name, city="Lyon")
        Accreditation.objects.create(
            firm=firm, volet=1 + index % 5, status="granted", granted_on=date(2020, 1, 1)
        )
        PassiCertificate.objects.create(
            firm=firm,
            valid_from=date(2020, 1, 1),
            valid_until=date(2020 + 20 * (index % 2), 1, 1),
            scopes=["code_audit"],
        )


@pytest.mark.parametrize("count", [5, 60])
def test_the_list_asks_the_same_queries_for_any_number(
    officer: User, django_assert_num_queries: object, count: int
) -> None:
    many_firms(count)
    desk = signed_in(officer)
    desk.get(reverse("firm_list"))
    with django_assert_num_queries(8):  # type: ignore[operator]
        page = desk.get(reverse("firm_list")).content.decode()
    assert page.count("<tr>") == min(count, 50) + 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", 10),
        ("?q=cabinet+003", 1),
        ("?volet=1", 2),
        ("?volet=1&agrement=en_vigueur", 2),
        ("?agrement=aucun", 0),
        ("?agrement=aucun&volet=1", 8),
        ("?passi=valide", 5),
        ("?passi=expire", 5),
        ("?agrement=echeance", 0),
        ("?assurance=echue", 10),
        ("?assurance=proche", 0),
        ("?volet=9&passi=x&page=zzz&q=%00", 10),
    ],
)
def test_the_filters_narrow_the_list(officer: User, query: str, expected: int) -> None:
    many_firms(10)
    page = signed_in(officer).get(reverse("firm_list") + query)
    assert page.status_code == 200
    assert len(page.context["rows"]) == expected


OTHER = "FR1420041010050500013M02606"


@pytest.mark.usefixtures("just_signed_in")
def test_another_account_is_asked_by_one_and_confirmed_by_another(
    firm: ExpertFirm, expert: User, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_views, "recently_authenticated", lambda request: True)
    first, page = signed_in(expert), reverse("account_change", args=[firm.pk])
    address = reverse("firm_payment_details", args=[firm.pk])
    typed = {"iban": "FR7630006000011234567890189", "vat_regime": "franchise_293B"}
    assert first.post(address, typed).url == reverse("firm_profile_of", args=[firm.pk])
    assert first.post(address, typed | {"iban": OTHER}).url == page
    change = AccountChange.objects.get()
    assert "Bpifrance vous rappelle" in first.get(page).content.decode()
    desk = signed_in(officer)
    fiche = desk.get(reverse("firm_detail", args=[firm.pk])).content.decode()
    assert reverse("account_call_back", args=[firm.pk]) in fiche
    call = desk.get(reverse("account_call_back", args=[firm.pk])).content.decode()
    assert OTHER not in call
    assert "prenez le numéro ailleurs" not in call
    first.post(reverse("firm_edit", args=[firm.pk]), {"name": firm.name, "phone": "04 72 00 00 00"})
    call = desk.get(reverse("account_call_back", args=[firm.pk])).content.decode()
    assert "prenez le numéro ailleurs" in call
    colleague = person("colleague")
    Membership.objects.create(
        user=colleague, organisation=firm.organisation, role="member", joined_at=change.asked_at
    )
    assert desk.get(reverse("account_call_back", args=[firm.pk])).status_code == 302
    second = signed_in(colleague)
    assert OTHER in second.get(page).content.decode()
    confirm = reverse("account_change_confirm", args=[firm.pk])
    assert second.post(confirm, {"change": "abc"}).status_code == 404
    first.post(confirm, {"change": change.pk})
    change.refresh_from_db()
    assert change.status == "asked"
    second.post(confirm, {"change": change.pk})
    change.refresh_from_db()
    assert change.status == "confirmed"
    assert "Un autre compte est demandé" in first.get(reverse("firm_profile")).content.decode()
    first.post(reverse("account_change_stop", args=[firm.pk]), {"change": change.pk})
    change.refresh_from_db()
    assert change.status == "stopped"


def test_confirming_an_account_asks_for_the_password_first(firm: ExpertFirm, expert: User) -> None:
    answer = signed_in(expert).post(reverse("account_change_confirm", args=[firm.pk]), {"change": 1})
    assert answer.url.startswith(reverse("account_reauthenticate"))
