"""Who may enter a view: closed by default, one decorator to open it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from portal.accounts import services
from portal.accounts.access import Role, access, forget_roles, roles_of
from portal.accounts.backend import PortalBackend
from portal.accounts.models import Membership, Organisation, User
from tests.portal.accounts.conftest import NOW

pytestmark = pytest.mark.django_db


def test_a_visitor_is_sent_to_sign_in_and_back_to_the_page_asked_for(client):
    answer = client.get("/essai/entreprise/?a=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/compte/login/?next=/essai/entreprise/%3Fa%3D1"


def test_a_view_whose_author_named_no_role_is_closed_to_visitors(client):
    answer = client.get("/essai/oubliee/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/compte/login/")


def test_a_person_with_the_role_enters(signed_in, owner, company):
    assert signed_in(owner).get("/essai/entreprise/").status_code == 200


def test_a_person_without_the_role_gets_a_french_403(signed_in, person):
    answer = signed_in(person("olga", staff_role="officer")).get("/essai/entreprise/")
    assert answer.status_code == 403
    assert "ne donne pas accès" in answer.content.decode()


@pytest.mark.parametrize("path", ["/api/v1/fonction/", "/api/v1/classe/"])
class TestUnderTheApi:
    """The API answers in JSON, never with a page."""

    def test_a_visitor_gets_401(self, client, path):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.json() == {"detail": "Connectez-vous pour continuer."}

    def test_a_wrong_role_gets_403(self, signed_in, person, path):
        answer = signed_in(person("olga", staff_role="officer")).get(path)
        assert answer.status_code == 403
        assert "ne donne pas accès" in answer.json()["detail"]

    def test_the_right_role_enters(self, signed_in, person, path):
        assert signed_in(person("carl", staff_role="controller")).get(path).json() == {"ok": True}


def test_a_fragment_asked_by_a_visitor_makes_htmx_leave_the_page(client):
    answer = client.get("/essai/entreprise/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/compte/login/"
    assert not answer.content


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("http://testserver/demandes/4/?vue=1", "/compte/login/?next=/demandes/4/%3Fvue%3D1"),
        ("http://ailleurs.example/demandes/4/", "/compte/login/"),
        ("javascript:alert(1)", "/compte/login/"),
    ],
)
def test_a_fragment_brings_back_to_its_own_page_only(client, page, address):
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    assert client.get("/essai/entreprise/", headers=headers)["HX-Redirect"] == address


def test_a_form_sent_after_the_session_ended_brings_back_to_its_page(client):
    sent = client.post("/essai/ecrire/", headers={"Referer": "http://testserver/essai/formulaire/"})
    assert sent["Location"] == "/compte/login/?next=/essai/formulaire/"
    elsewhere = client.post("/essai/ecrire/", headers={"Referer": "http://ailleurs.example/"})
    assert elsewhere["Location"] == "/compte/login/?next=/mon-espace/"


def test_get_never_writes(signed_in, owner):
    browser = signed_in(owner)
    assert browser.get("/essai/ecrire/").status_code == 405
    assert browser.post("/essai/ecrire/").status_code == 200


def test_a_bpifrance_account_has_its_one_role_and_no_other(person):
    assert roles_of(person("olga", staff_role="officer")) == {Role.MEMBER, Role.OFFICER}


def test_a_company_person_has_the_company_role(owner, company):
    assert roles_of(owner) == {Role.MEMBER, Role.COMPANY}


def test_a_visitor_and_a_deactivated_account_are_anonymous(person):
    closed = person("chloe", staff_role="manager")
    closed.is_active = False
    assert roles_of(AnonymousUser()) == roles_of(closed) == {Role.ANONYMOUS}


def test_roles_cost_one_query_for_a_request(owner, company, django_assert_num_queries):
    fresh = User.objects.get(pk=owner.pk)
    with django_assert_num_queries(1):
        roles_of(fresh)
        roles_of(fresh)


def test_a_session_reads_its_person_with_the_same_roles(person, owner, company, django_assert_num_queries):
    edith, both, gone, olga = (person(name) for name in ("edith", "both", "gone", "olga2"))
    User.objects.filter(pk=olga.pk).update(staff_role="officer")
    for one in (edith, both):
        services.create_organisation(
            name=f"Cabinet {one.pk}", kind=Organisation.Kind.EXPERT_FIRM, owner=one, now=NOW
        )
    for one in (both, gone, olga):
        Membership.objects.create(user=one, organisation=company, is_active=one is not gone)
    for one in (owner, edith, both, gone, olga):
        read = PortalBackend().get_user(one.pk)
        with django_assert_num_queries(0):
            known = roles_of(read)
        assert known == roles_of(User.objects.get(pk=one.pk))
        forget_roles(read)
        assert known == roles_of(read)


def test_a_membership_withdrawn_is_gone_at_the_next_request(signed_in, member):
    browser = signed_in(member.user)
    assert browser.get("/essai/entreprise/").status_code == 200
    Membership.objects.filter(pk=member.pk).update(is_active=False)
    assert browser.get("/essai/entreprise/").status_code == 403


def test_a_decorator_without_a_role_is_a_programming_error():
    with pytest.raises(ValueError, match="no role given"):
        access()


def test_what_a_signed_in_person_reads_is_never_cached(signed_in, owner, company, client):
    assert signed_in(owner).get("/essai/entreprise/")["Cache-Control"] == "no-store"
    assert "no-store" not in client.get("/simulateur/").headers.get("Cache-Control", "")
