"""A derogation comes with evidence, is read with it by Bpifrance, decided by two persons and told to the company."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Derogation
from applications.steps import BY_SLUG
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.quoting.making import told

pytestmark = pytest.mark.django_db

PROOF = "zeste-references.pdf"


def outside() -> Journey:
    """Return a draft whose expert comes from outside the pool, without evidence."""
    journey = Journey(firm=f.ExpertFirmFactory(volets=()))
    Derogation.objects.create(
        dossier=journey.dossier, firm=journey.dossier.firm, reason="Expert reconnu.", requested_at=clock.now()
    )
    return journey


def prove(journey: Journey, **changes: object) -> None:
    piece = f.DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence", **changes)
    piece.document.original_name = PROOF
    piece.document.save(update_fields=["original_name"])


def page(journey: Journey, user: object, name: str) -> str:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client.get(reverse(name, args=[journey.dossier.pk])).content.decode()


def test_a_derogation_without_evidence_is_not_filed() -> None:
    journey = outside()
    with pytest.raises(Refused) as refusal:
        journey.to("submitted")
    (obstacle,) = refusal.value.obstacles
    assert obstacle.code == "derogation_evidence_missing"
    assert "références, un CV ou une attestation d’assurance" in obstacle.remedy
    prove(journey, replaced_at=clock.now())
    with pytest.raises(Refused):
        journey.to("submitted")
    prove(journey)
    journey.to("submitted")


def test_the_task_of_the_expert_asks_for_it() -> None:
    journey = outside()
    gap = BY_SLUG["expert"].gap
    assert "Joignez une pièce" in gap(journey.dossier)
    prove(journey)
    assert gap(journey.dossier) == ""


def test_an_expert_of_the_pool_needs_none() -> None:
    Journey().to("submitted")


def test_officer_and_manager_read_the_evidence_beside_the_reason() -> None:
    journey = outside()
    prove(journey)
    journey.to("under_review")
    for person in (journey.officer, journey.manager):
        text = page(journey, person, "officer_dossier")
        derogation = text[text.index("Dérogation pour un expert hors vivier") :]
        assert PROOF in derogation[: derogation.index("</section>")]


def test_the_decision_of_two_persons_is_told_to_the_company_with_its_motive() -> None:
    journey = outside()
    prove(journey)
    journey.to("under_review")
    assert "Un chargé d’affaires donne son avis" in page(journey, journey.owner, "company_dossier")
    journey.act("advise_derogation", journey.officer, favourable=True, motive=MOTIVE)
    with pytest.raises(NotYours):
        journey.act("decide_derogation", journey.officer, granted=True, motive=MOTIVE)
    journey.act("decide_derogation", journey.manager, granted=False, motive="Références trop anciennes.")
    text = page(journey, journey.owner, "company_dossier")
    assert "Refusée" in text
    assert "Références trop anciennes." in text
    assert any("Dérogation décidée pour votre demande" in notice for notice in told(journey.owner))
