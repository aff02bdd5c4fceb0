"""Where each role lands, what its menu holds, and the demonstration's sign-in."""

import pytest
from django.urls import reverse

from portal.accounts import services
from portal.accounts.models import User
from tests.portal.accounts.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("officer", "morning_queue"),
        ("manager", "dossier_list"),
        ("auditor", "dossier_list"),
        ("controller", "payment_list"),
        ("administrator", "account_list"),
    ],
)
def test_each_bpifrance_role_has_its_home(signed_in, person, role, home):
    assert signed_in(person("x", staff_role=role)).get(reverse("home_of_user"))["Location"] == reverse(home)


@pytest.mark.parametrize(("kind", "home"), [("company", "company_home"), ("expert_firm", "expert_home")])
def test_companies_and_experts_have_theirs(signed_in, owner, kind, home):
    services.create_organisation(name="O", kind=kind, owner=owner, now=NOW)
    assert signed_in(owner).get(reverse("home_of_user"))["Location"] == reverse(home)


def test_a_person_without_a_role_is_asked_what_they_came_for(signed_in, person):
    answer = signed_in(person("zoe")).get(reverse("home_of_user"), follow=True)
    assert "Que souhaitez-vous faire" in answer.content.decode()
    assert reverse("company_create") in answer.content.decode()
    assert reverse("firm_create") in answer.content.decode()


def test_the_menu_is_the_roles_own(signed_in, owner, company, person):
    page = reverse("organisation_members", args=[company.pk])
    labels = [item["label"] for item in signed_in(owner).get(page).context["navigation"]]
    assert labels == ["Mes demandes", "Devis", "Membres", "Simulateur", "Barème", "Comprendre"]
    answer = signed_in(person("root", staff_role="administrator")).get(reverse("account_list"))
    entries = {item["label"]: item["active"] for item in answer.context["navigation"]}
    assert entries == {
        "Comptes": True,
        "Délégations": False,
        "Sceau": False,
        "Conservation": False,
        "Envois": False,
        "Journal": False,
        "Simulateur": False,
        "Barème": False,
        "Comprendre": False,
    }


@pytest.fixture
def demo(settings):
    """Turn the demonstration on."""
    settings.DEMO = True


def test_the_demonstration_lists_its_persons_by_hat_and_lets_one_in(client, demo, person):
    person("real", staff_role="manager")
    person("carl", staff_role="controller", is_demo=True)
    dora = person("dora", is_demo=True)
    services.create_organisation(name="Cardiolab", kind="company", owner=dora, now=NOW)
    page = client.get(reverse("account_login")).content.decode()
    assert "Contrôleur" in page
    assert "Dora, Cardiolab" in page
    assert "Real" not in page
    answer = client.post(reverse("demo_signin"), {"user": dora.pk})
    assert answer["Location"] == reverse("home_of_user")
    assert client.get(reverse("home_of_user"))["Location"] == reverse("company_home")


def test_changing_hats_leads_back_to_the_page_inside_the_portal_only(client, demo, person):
    dora = person("dora", is_demo=True)
    inside = client.post(reverse("demo_signin"), {"user": dora.pk, "next": "/entreprise/"})
    outside = client.post(reverse("demo_signin"), {"user": dora.pk, "next": "//mechant.example/"})
    assert inside["Location"] == "/entreprise/"
    assert outside["Location"] == reverse("home_of_user")


def test_outside_the_demonstration_nobody_enters_without_a_password(client, person):
    dora = person("dora", is_demo=True)
    assert client.post(reverse("demo_signin"), {"user": dora.pk}).status_code == 404
    assert "démonstration" not in client.get(reverse("account_login")).content.decode()


def test_a_real_account_is_never_opened_by_the_demonstration(client, demo, person):
    assert client.post(reverse("demo_signin"), {"user": person("real").pk}).status_code == 404
    closed = person("closed", is_demo=True)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    assert client.post(reverse("demo_signin"), {"user": closed.pk}).status_code == 404


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", "9" * 30])
def test_nonsense_opens_nothing(client, demo, number, db):
    assert client.post(reverse("demo_signin"), {"user": number}).status_code == 404
