"""The administrator's pages: accounts opened, changed, closed; signatures delegated."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal import clock
from portal.accounts import services
from portal.accounts.models import Delegation, User
from tests.portal.accounts.conftest import NOW, link_in

pytestmark = pytest.mark.django_db
OFFICER = {"full_name": "Olga Petit", "email": "Olga@exemple.fr", "staff_role": "officer"}


@pytest.fixture
def manager(person) -> User:
    """Return a manager."""
    return person("max", staff_role="manager")


def _edit(browser: Client, account: User, **changes):
    values = {"full_name": account.full_name, "staff_role": account.staff_role, "is_active": "on", **changes}
    return browser.post(reverse("account_edit", args=[account.pk]), {k: v for k, v in values.items() if v})


def test_a_bpifrance_account_starts_with_a_link_to_choose_a_password(signed_in, administrator, post_bag):
    assert signed_in(administrator).post(reverse("account_create"), OFFICER).status_code == 302
    olga = User.objects.get(email="olga@exemple.fr")
    assert olga.staff_role == "officer"
    assert not olga.has_usable_password()
    browser = Client()
    form = browser.get(link_in(post_bag()[-1]))["Location"]
    new = "une phrase choisie par elle"
    browser.post(form, {"password1": new, "password2": new})
    answer = browser.post(reverse("account_login"), {"login": olga.email, "password": new})
    assert answer["Location"] == reverse("home_of_user")


def test_an_address_in_use_is_refused_and_the_form_kept(signed_in, administrator, owner):
    answer = signed_in(administrator).post(
        reverse("account_create"), {**OFFICER, "email": "ALICE@exemple.fr"}
    )
    assert "Un compte existe déjà" in answer.content.decode()
    assert "Olga Petit" in answer.content.decode()


@pytest.mark.parametrize("role", ["officer", "manager", "controller", "auditor", ""])
@pytest.mark.parametrize("name", ["account_list", "account_create", "delegation_list"])
def test_only_administrators_enter(signed_in, person, role, name):
    assert signed_in(person("intrus", staff_role=role)).get(reverse(name)).status_code == 403


def test_a_service_refuses_who_is_no_administrator(manager, owner):
    with pytest.raises(services.Refused, match="Seul un administrateur"):
        services.create_staff_account(
            email="x@exemple.fr", full_name="X", staff_role="administrator", actor=manager, now=NOW
        )
    with pytest.raises(services.Refused, match="Seul un administrateur"):
        services.edit_account(
            account=manager,
            full_name="Max",
            staff_role="administrator",
            is_active=True,
            actor=manager,
            now=NOW,
        )


def test_deactivation_ends_sessions_at_the_next_request(signed_in, administrator, manager):
    theirs = signed_in(manager)
    assert theirs.get(reverse("home_of_user"))["Location"] == reverse("dossier_list")
    _edit(signed_in(administrator), manager, is_active="")
    assert theirs.get(reverse("home_of_user"))["Location"].startswith(reverse("account_login"))


def test_a_session_ended_by_deactivation_does_not_come_back_with_the_account(
    signed_in, administrator, manager
):
    theirs, ours = signed_in(manager), signed_in(administrator)
    _edit(ours, manager, is_active="")
    _edit(ours, manager)
    manager.refresh_from_db()
    assert manager.is_active
    assert theirs.get(reverse("home_of_user"))["Location"].startswith(reverse("account_login"))


def test_a_closed_account_does_not_sign_in(person):
    closed = person("chloe")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    browser = Client()
    browser.post(reverse("account_login"), {"login": closed.email, "password": "une phrase assez longue"})
    assert browser.get(reverse("home_of_user"))["Location"].startswith(reverse("account_login"))


def test_a_role_changed_holds_at_the_next_request(signed_in, administrator, manager):
    _edit(signed_in(administrator), manager, staff_role="controller")
    assert signed_in(User.objects.get(pk=manager.pk)).get(reverse("home_of_user"))["Location"] == reverse(
        "payment_list"
    )


def test_an_administrator_neither_closes_nor_demotes_their_own_account(signed_in, administrator):
    browser = signed_in(administrator)
    for changes in ({"is_active": ""}, {"staff_role": "officer"}):
        answer = _edit(browser, administrator, **changes)
        assert "demandez-le à un autre administrateur" in answer.content.decode()
    administrator.refresh_from_db()
    assert (administrator.is_active, administrator.staff_role) == (True, "administrator")


def test_a_company_person_gets_no_bpifrance_role(signed_in, administrator, owner, company):
    answer = _edit(signed_in(administrator), owner, staff_role="officer")
    assert "ne peut pas avoir de rôle chez Bpifrance" in answer.content.decode()
    owner.refresh_from_db()
    assert not owner.staff_role


def test_the_list_is_searched_by_name_address_and_role(signed_in, administrator, manager, owner, company):
    browser = signed_in(administrator)
    assert "Cardiolab" in browser.get(reverse("account_list"), {"q": "ALICE@"}).content.decode()
    assert manager.email not in browser.get(reverse("account_list"), {"q": "alice"}).content.decode()
    assert manager.email in browser.get(reverse("account_list"), {"role": "manager"}).content.decode()
    assert "Aucun compte" in browser.get(reverse("account_list"), {"q": "\x00zzz"}).content.decode()
    assert browser.get(reverse("account_list"), {"page": "x", "role": "roi"}).status_code == 200


def test_the_list_costs_as_many_queries_for_fifty_accounts(
    signed_in, administrator, person, django_assert_num_queries
):
    browser = signed_in(administrator)
    for number in range(50):
        services.create_organisation(name=f"E{number}", kind="company", owner=person(f"p{number}"), now=NOW)
    with django_assert_num_queries(6):
        browser.get(reverse("account_list"))


def test_the_link_is_sent_again_to_bpifrance_accounts_only(
    signed_in, administrator, manager, owner, post_bag
):
    browser = signed_in(administrator)
    assert browser.post(reverse("account_send_link", args=[manager.pk])).status_code == 302
    assert post_bag()[-1].to == [manager.email]
    assert browser.post(reverse("account_send_link", args=[owner.pk])).status_code == 404


def test_a_delegation_is_granted_to_a_manager_between_two_dates(signed_in, administrator, manager):
    today = clock.today()
    form = {"user": manager.pk, "capacity": "Directeur", "valid_from": today, "valid_until": today}
    assert signed_in(administrator).post(reverse("delegation_list"), form).status_code == 302
    in_force = Delegation.objects.in_force
    assert [d.user for d in in_force(today)] == [manager]
    assert not in_force(today - timedelta(days=1))
    assert not in_force(today + timedelta(days=1))


def test_a_delegation_ends_after_it_starts(signed_in, administrator, manager):
    form = {"user": manager.pk, "capacity": "D", "valid_from": "2026-11-20", "valid_until": "2026-11-19"}
    answer = signed_in(administrator).post(reverse("delegation_list"), form)
    assert "se terminer après avoir commencé" in answer.content.decode()
    assert not Delegation.objects.exists()


def test_nobody_but_a_manager_receives_a_delegation(administrator, person):
    with pytest.raises(services.Refused, match="Seul un responsable"):
        _grant(administrator, person("olga", staff_role="officer"))


def test_a_delegation_withdrawn_or_held_by_who_is_no_manager_any_more_is_not_in_force(
    signed_in, administrator, manager, person
):
    withdrawn = _grant(administrator, manager)
    browser = signed_in(administrator)
    assert browser.get(reverse("delegation_end", args=[withdrawn.pk])).status_code == 200
    assert Delegation.objects.in_force(NOW.date()).count() == 1
    browser.post(reverse("delegation_end", args=[withdrawn.pk]))
    assert not Delegation.objects.in_force(NOW.date())
    other = person("mia", staff_role="manager")
    _grant(administrator, other)
    User.objects.filter(pk=other.pk).update(staff_role="auditor")
    assert not Delegation.objects.in_force(NOW.date())
    assert "Retirée le" in browser.get(reverse("delegation_list")).content.decode()


def _grant(administrator: User, user: User) -> Delegation:
    return services.grant_delegation(
        user=user,
        capacity="Directeur",
        valid_from=date(2026, 1, 1),
        valid_until=None,
        actor=administrator,
        now=NOW,
    )
