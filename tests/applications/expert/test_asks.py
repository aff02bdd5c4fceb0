"""What a mission asks of its expert: the same on the list and on the page, with why and since when."""

from typing import Any

import pytest
from django.urls import reverse

from portal.display import french_date
from tests.applications.expert.conftest import Start, page
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
Desk = Any


@pytest.mark.parametrize(
    ("state", "first"),
    [
        ("submitted", "Déclarer vos intérêts"),
        ("approved", "Déclarer vos intérêts"),
        ("contract_sent", "Déposer le contrat de prestation"),
        ("in_progress", "Déposer le contrat de prestation"),
        ("work_done", "Envoyer la clôture"),
        ("closure_submitted", "Clôture en cours de contrôle"),
        ("paid", "Mission payée"),
    ],
)
def test_the_list_and_the_page_name_the_same_act(journey: Start, desk: Desk, state: str, first: str) -> None:
    made = journey(state)
    client = desk(made)
    assert f"<b>{first}</b>" in client.get(reverse("expert_home")).content.decode()
    asks = client.get(reverse("mission_detail", args=[made.mission.pk])).context["asks"]
    assert asks[0].title == first


def test_the_list_names_the_amendment_and_the_end_that_waits(journey: Start, desk: Desk) -> None:
    made = journey("in_progress")
    made.file_service_contract()
    made.act("start_work", made.expert, work_started_on=made.today)
    lines = [
        {"item": "qms_support", "amount": "18000.00", "complexity": "", "performed_by": "expert", "label": ""}
    ]
    made.act("amend", made.officer, lines=lines, motive=MOTIVE)
    client = desk(made)
    assert "<b>Signer l’avenant</b>" in client.get(reverse("expert_home")).content.decode()
    made.act("drop_amendment", made.manager, motive=MOTIVE)
    ended_on = made.day(10).today
    made.day((made.dossier.due_on - made.today).days + 5)  # type: ignore[operator]
    made.act("declare_work_done", made.expert, work_ended_on=ended_on)
    assert "Fin déclarée, en attente" in client.get(reverse("expert_home")).content.decode()


@pytest.mark.parametrize("state", ["closure_submitted", "work_done"])
def test_a_disputed_restitution_is_told_first_with_a_way_to_answer(
    journey: Start, desk: Desk, state: str
) -> None:
    made = journey(state)
    made.act("set_hold", made.manager, reason="other", motive=MOTIVE)
    made.day().act("contest_restitution", made.owner, motive="canari, les mots de l’entreprise")
    client = desk(made)
    shown = client.get(reverse("mission_detail", args=[made.mission.pk]))
    told = [ask for ask in shown.context["asks"] if ask.title == "Paiement suspendu"]
    assert (len(told), told[0].answer) == (1, "Donner ma version")
    assert french_date(made.today) in told[0].text
    assert "l’entreprise conteste la restitution" in told[0].text
    content = shown.content.decode()
    assert '<a href="#echanges">Donner ma version</a>' in content
    assert "Bpifrance la contrôle." not in content
    assert "canari" not in content
    if state == "closure_submitted":
        assert content.index("Paiement suspendu") < content.index("La suite de la mission")
        listed = client.get(reverse("expert_home")).content.decode()
        assert "<b>Paiement suspendu</b>" in listed
        assert "l’entreprise conteste la restitution" in listed
        assert "Clôture en cours de contrôle" not in listed


def test_a_lifted_hold_is_told_no_more(journey: Start, desk: Desk) -> None:
    made = journey("closure_submitted")
    made.act("contest_restitution", made.owner, motive=MOTIVE)
    made.act("confirm_restitution", made.owner, restitution_on=made.today)
    assert "Paiement suspendu" not in desk(made).get(reverse("expert_home")).content.decode()


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("rejected", "Bpifrance n’a pas retenu la demande de l’entreprise"),
        ("withdrawn", "L’entreprise a retiré sa demande"),
        ("abandoned", "Faute de complément"),
        ("cancelled", "Bpifrance a annulé le dossier"),
        ("lapsed", "La prestation n’a pas été achevée dans le délai"),
    ],
)
def test_a_mission_without_sequel_says_why_and_when_and_asks_nothing(
    journey: Start, desk: Desk, state: str, why: str
) -> None:
    made = journey(state)
    client = desk(made)
    answer = client.get(reverse("mission_detail", args=[made.mission.pk]))
    ask = answer.context["asks"][0]
    assert ask.text.startswith(f"{why}".split(" :")[0])
    assert f"le {french_date(made.dossier.ended_on)}" in ask.text
    assert MOTIVE not in ask.text
    assert all(step["done"] for step in answer.context["timeline"])
    assert answer.context["timeline"][-1]["on"] == made.dossier.ended_on
    shown = answer.content.decode()
    to_do = (
        "À venir",
        "Pas encore déposé",
        "La suite de la mission",
        "Ce que disent les règles",
        "Comptes rendus",
    )
    assert [words for words in to_do if words in shown] == []
    assert why in client.get(reverse("expert_home")).content.decode().replace("\xa0", " ")


def test_a_contract_never_signed_and_a_closure_refused_are_named(journey: Start, desk: Desk) -> None:
    made = journey("contract_sent")
    made.day(400).act("unsigned", None)
    assert "n’a pas signé son contrat" in page(desk, made)
    refused = Journey(firm=made.mission.firm).to("closure_submitted")
    refused.act("refuse_closure", refused.manager, motive=MOTIVE)
    shown = desk(made).get(reverse("mission_detail", args=[refused.mission.pk])).content.decode()
    assert "Bpifrance a refusé la clôture" in shown
    assert MOTIVE not in shown


def test_a_request_judged_anew_says_so_on_the_page(journey: Start, desk: Desk) -> None:
    made = journey("rejected")
    assert "vous en serez prévenu" in page(desk, made)
    made.day().act("request_review", made.owner, motive=MOTIVE)
    shown = page(desk, made)
    assert f"réexaminée depuis le {french_date(made.today)}" in shown
    assert "Demande refusée" not in shown


@pytest.mark.parametrize("state", ["in_progress", "paid"])
def test_no_unsigned_quote_is_told_once_the_contract_is_signed(
    journey: Start, desk: Desk, state: str
) -> None:
    made = journey("contract_sent")
    unsigned = "Le devis n’est pas encore signé"
    assert unsigned in page(desk, made)
    made.to(state)
    assert unsigned not in page(desk, made)


def test_who_follows_the_dossier_is_named_without_a_gender(journey: Start, desk: Desk) -> None:
    made = journey("under_review")
    shown = page(desk, made)
    assert f"Dossier suivi par {made.officer.full_name}" in shown
    assert "chargé d’affaires" not in shown
