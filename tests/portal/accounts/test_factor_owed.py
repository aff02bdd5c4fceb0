"""Experts and Bpifrance must have a second factor: who is led to it, how it is set up, kept and given back."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from portal.accounts import services
from portal.accounts.access import Role, roles_of
from portal.accounts.models import Membership, Organisation, StaffRole, User
from portal.accounts.second_factor import (
    COMPULSORY,
    FIRST_SET_UP,
    LAST_ONE,
    NOT_SAVED,
    owes_second_factor,
)
from portal.accounts.services.second_factor import NO_MOTIVE, NONE_THERE, ONESELF
from portal.audit.models import Event
from portal.audit.services import verify
from tests.factors import SECRET, code_of, give_factor, sign_in_bare
from tests.portal.accounts.conftest import NOW, PASSWORD

pytestmark = pytest.mark.django_db
SETUP = "/compte/second-facteur/"
BPIFRANCE = [role for role in StaffRole.values if role]


@pytest.fixture
def firm(person) -> Organisation:
    """Return an expert firm owned by edith."""
    return services.create_organisation(
        name="Qualimed", kind=Organisation.Kind.EXPERT_FIRM, owner=person("edith"), now=NOW
    )


def by_password(user: User, **sent) -> Client:
    """Return a browser in which a person gave their password on the sign-in page."""
    browser = Client()
    browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, **sent})
    return browser


def bare(user: User) -> Client:
    browser = Client()
    sign_in_bare(browser, user)
    return browser


def key_of(user: User) -> Authenticator:
    """Return a passkey of the person."""
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Téléphone", "credential": {}}
    )


# --- Who owes one --------------------------------------------------------------------------------
@pytest.mark.parametrize("role", BPIFRANCE)
def test_every_bpifrance_role_is_led_to_the_page_that_sets_one_up(person, role):
    user = person("x", staff_role=role)
    answer = bare(user).get("/gestion/?vue=all")
    assert answer["Location"] == f"{SETUP}?next=/gestion/%3Fvue%3Dall"
    give_factor(user)
    assert bare(user).get("/gestion/").content == b"une page"


def test_an_expert_is_led_there_and_a_company_is_not(firm, company):
    edith, alice = (Membership.objects.get(organisation=one).user for one in (firm, company))
    assert bare(edith).get("/expert/")["Location"] == f"{SETUP}?next=/expert/"
    assert bare(alice).get("/entreprise/").content == b"une page"
    assert "Sécurité du compte" in bare(alice).get(reverse("mfa_index")).content.decode()


def test_what_sql_says_of_a_person_is_what_the_roles_say(firm, company, person):
    people = [person(f"p-{role}", staff_role=role) for role in StaffRole.values]
    people += [one.user for one in Membership.objects.select_related("user").order_by("pk")]
    assert {Role.EXPERT, Role.COMPANY} < frozenset[Role]().union(*(roles_of(user) for user in people))
    for user in people:
        assert owes_second_factor(user) == bool(roles_of(user) & COMPULSORY), user


def test_a_left_firm_asks_for_nothing(firm):
    Membership.objects.update(is_active=False)
    assert not owes_second_factor(User.objects.get(email="edith@exemple.fr"))


def test_recovery_codes_alone_are_no_factor_and_a_passkey_is_one(person):
    officer = person("x", staff_role="officer")
    RecoveryCodes.activate(officer)
    assert bare(officer).get("/gestion/")["Location"].startswith(SETUP)
    key_of(officer)
    assert bare(officer).get("/gestion/").content == b"une page"


def test_a_role_given_while_one_is_signed_in_is_caught_at_the_next_request(person, firm):
    zoe = person("zoe")
    browser = bare(zoe)
    assert browser.get("/").content == b"une page"
    Membership.objects.create(user=zoe, organisation=firm)
    assert browser.get("/expert/")["Location"].startswith(SETUP)
    Membership.objects.filter(user=zoe).update(is_active=False)
    assert browser.get("/").content == b"une page"
    User.objects.filter(pk=zoe.pk).update(staff_role="officer")
    assert browser.get("/gestion/")["Location"].startswith(SETUP)


def test_a_factor_deleted_elsewhere_is_missed_at_the_next_request(person):
    officer = person("x", staff_role="officer")
    give_factor(officer)
    browser = bare(officer)
    assert browser.get("/gestion/").content == b"une page"
    Authenticator.objects.all().delete()
    assert browser.get("/gestion/")["Location"].startswith(SETUP)


@pytest.mark.parametrize("role", ["", "officer"])
def test_a_request_costs_no_query_more(person, django_assert_num_queries, role):
    user = person("x", staff_role=role)
    give_factor(user)
    browser = bare(user)
    with django_assert_num_queries(2):  # the session, and its person with what they owe
        browser.get("/gestion/")


# --- How a request is refused --------------------------------------------------------------------
def test_what_was_sent_is_refused_with_a_sentence_and_the_page_kept(person):
    browser = bare(person("x", staff_role="officer"))
    answer = browser.post("/essai/ecrire/", headers={"Referer": "http://testserver/gestion/"})
    assert answer["Location"] == f"{SETUP}?next=/gestion/"
    assert NOT_SAVED in browser.get(answer["Location"]).content.decode()


def test_a_fragment_leaves_its_page_and_the_api_is_refused_in_json(person):
    browser = bare(person("x", staff_role="controller"))
    fragment = browser.get(
        "/gestion/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/gestion/paiements/"}
    )
    assert (fragment.status_code, fragment["HX-Redirect"]) == (200, f"{SETUP}?next=/gestion/paiements/")
    for address in ("/api/v1/fonction/", "/api/v1/classe/"):
        answer = browser.get(address)
        assert (answer.status_code, answer.json()) == (403, {"detail": FIRST_SET_UP})


def test_legal_and_help_pages_and_the_way_out_stay_open(person):
    browser = bare(person("x", staff_role="auditor"))
    for name in ("legal_notice", "privacy", "accessibility", "service_status", "guide_index"):
        assert browser.get(reverse(name)).content == b"une page"
    browser.post(reverse("account_logout"))
    assert browser.get("/").content == b"une page"


def test_the_page_shows_no_menu_that_would_not_open(person):
    page = bare(person("x", staff_role="administrator")).get(SETUP).content.decode()
    assert "Il manque un second facteur" in page
    assert "Navigation principale" not in page
    assert reverse("notification_list") not in page
    assert "Se déconnecter" in page


# --- Setting it up -------------------------------------------------------------------------------
# The change is told once committed, and the session saved then.
@pytest.mark.django_db(transaction=True)
def test_from_a_first_password_to_the_page_wanted(person):
    olivia = person("olivia", staff_role="officer")
    browser = by_password(olivia, next="/gestion/aujourd-hui/")
    led = browser.get("/gestion/aujourd-hui/")["Location"]
    assert "Installer l’application" in browser.get(led).content.decode()
    page = browser.get(reverse("mfa_activate_totp"))
    assert "Visez cette image" in page.content.decode(), "the password just given is asked for no second time"
    done = browser.post(reverse("mfa_activate_totp"), {"code": code_of(page.context["form"].secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    codes = browser.get(done["Location"]).content.decode()
    assert "Il reste 10 codes" in codes
    assert "Continuer, mes codes sont en lieu sûr" in codes
    assert browser.get(reverse("mfa_download_recovery_codes")).status_code == 200
    assert browser.get(SETUP)["Location"] == "/gestion/aujourd-hui/"
    assert "Continuer, mes codes" not in browser.get(done["Location"]).content.decode()


def test_only_a_page_of_the_portal_is_led_on_to(person):
    officer = person("x", staff_role="officer")
    browser = bare(officer)
    browser.get(SETUP, {"next": "https://mechant.example/"})
    give_factor(officer)
    assert browser.get(SETUP)["Location"] == reverse("home_of_user")


def test_a_password_alone_no_longer_opens_the_account(person):
    olivia = person("olivia", staff_role="officer")
    give_factor(olivia)
    browser = by_password(olivia)
    assert browser.get("/gestion/").content == b"une page", "the plain page is public"
    assert browser.get(reverse("account_list"))["Location"].startswith(reverse("account_login"))
    assert browser.post(reverse("mfa_authenticate"), {"code": code_of()})["Location"] == reverse(
        "home_of_user"
    )


def test_an_administrator_made_on_the_command_line_is_led_to_the_setup():
    root = User.objects.create_superuser("root@exemple.fr", PASSWORD, full_name="Root")
    assert bare(root).get(reverse("account_list"))["Location"].startswith(SETUP)


def test_who_must_have_a_factor_may_still_change_their_address(person, post_bag):
    officer = person("x", staff_role="officer")
    give_factor(officer)
    answer = bare(officer).post(
        reverse("account_email"), {"email": "nouvelle@exemple.fr", "action_add": "1"}, follow=True
    )
    assert "nouvelle@exemple.fr" in answer.content.decode()
    assert any("nouvelle@exemple.fr" in letter.to for letter in post_bag())


# --- The last one stays --------------------------------------------------------------------------
@pytest.mark.parametrize("role", BPIFRANCE)
def test_the_last_application_stays(person, role):
    user = person("x", staff_role=role)
    give_factor(user)
    browser = by_password(user)
    browser.post(reverse("mfa_authenticate"), {"code": code_of()})
    for answer in (browser.get(reverse("mfa_deactivate_totp")), browser.post(reverse("mfa_deactivate_totp"))):
        assert LAST_ONE in answer.content.decode()
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()


def test_the_last_passkey_stays_and_one_of_two_may_go(firm):
    edith = User.objects.get(email="edith@exemple.fr")
    key = key_of(edith)
    browser = bare(edith)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    address = reverse("mfa_remove_webauthn", args=[key.pk])
    for answer in (browser.get(address), browser.post(address)):
        assert LAST_ONE in answer.content.decode()
    TOTP.activate(edith, SECRET)
    assert LAST_ONE not in browser.get(address).content.decode()
    assert browser.post(address).status_code == 302
    assert [one.type for one in Authenticator.objects.all()] == [Authenticator.Type.TOTP]


def test_a_company_person_may_do_without(owner, company):
    key = key_of(owner)
    browser = bare(owner)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert browser.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 302
    assert not Authenticator.objects.exists()


# --- The telephone is lost -----------------------------------------------------------------------
@pytest.fixture
def olivia(person) -> User:
    """Return an officer with an application and recovery codes."""
    user = person("olivia", staff_role="officer")
    give_factor(user)
    RecoveryCodes.activate(user)
    return user


def test_an_administrator_resets_a_lost_factor(signed_in, administrator, olivia, post_bag):
    theirs, ours = bare(olivia), signed_in(administrator)
    address = reverse("account_reset_factor", args=[olivia.pk])
    assert (
        reverse("account_reset_factor", args=[olivia.pk])
        in ours.get(reverse("account_edit", args=[olivia.pk])).content.decode()
    )
    assert ours.post(address, {"motive": ""}).status_code == 200
    assert ours.post(address, {"motive": "Téléphone perdu, rappelée"}).status_code == 302
    assert not Authenticator.objects.filter(user=olivia).exists()
    assert theirs.get(reverse("mfa_index"))["Location"].startswith(reverse("account_login"))
    assert by_password(olivia).get("/gestion/")["Location"].startswith(SETUP)
    kept = Event.objects.get(chain=f"account:{olivia.pk}", name="second_factor_reset")
    assert (kept.actor_ref, kept.detail.motive) == (administrator.pk, "Téléphone perdu, rappelée")
    assert not verify()
    letter = post_bag()[-1]
    assert (letter.to, letter.subject) == ([olivia.email], "Votre second facteur a été réinitialisé")
    assert "Root a retiré" in letter.body


def test_never_ones_own_nor_without_a_motive_nor_where_there_is_none(administrator, olivia, person):
    give_factor(administrator)
    for account, motive, said in (
        (administrator, "Téléphone perdu", ONESELF),
        (olivia, "  ok ", NO_MOTIVE),
        (person("paul", staff_role="manager"), "Téléphone perdu", NONE_THERE),
    ):
        with pytest.raises(services.Refused, match=said[:30]):
            services.reset_second_factor(account=account, motive=motive, actor=administrator, now=NOW)
    with pytest.raises(services.Refused):
        services.reset_second_factor(account=administrator, motive="Par un autre", actor=olivia, now=NOW)
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).count() == 2


def test_the_only_administrator_comes_back_from_the_server(administrator, post_bag, capsys):
    give_factor(administrator)
    call_command("reset_second_factor", "ROOT@exemple.fr", motive="Téléphone perdu")
    assert not Authenticator.objects.exists()
    assert Event.objects.get(name="second_factor_reset").actor_ref is None
    assert "tient le serveur" in post_bag()[-1].body
    for address in ("root@exemple.fr", "personne@exemple.fr"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", address, motive="Téléphone perdu")
