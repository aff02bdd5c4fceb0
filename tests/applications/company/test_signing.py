"""What the company signs: a code for one document only, and the evidence that it may keep."""

import hashlib
import json
from typing import Any

import pytest
from django.urls import reverse

from applications.services.signing import new_code, send_code
from applications.workflow.refusals import Refused
from portal.notifications import outbox
from tests.applications.company.test_pages import signed_in
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
LINES = [{"item": "qms_support", "amount": "18000.00"}]


def with_amendment() -> Journey:
    """Return a journey whose contract runs and whose first amendment waits for the company."""
    journey = Journey().to("in_progress")
    journey.act("amend", journey.officer, lines=LINES, motive=MOTIVE)
    return journey


def sign(journey: Journey, name: str, code: str) -> Any:
    return journey.act(name, journey.owner, code=code, reauthenticated=True, evidence={"ip": "192.0.2.7"})


def test_a_code_asked_for_the_contract_does_not_sign_an_amendment() -> None:
    journey = with_amendment()
    code = new_code(dossier=journey.dossier, user=journey.owner, act="sign", now=journey.now)
    with pytest.raises(Refused) as refusal:
        sign(journey, "amend", code)
    assert {one.code for one in refusal.value.obstacles} == {"wrong_code"}


def test_a_code_asked_for_an_amendment_does_not_sign_the_next_one() -> None:
    journey = with_amendment()
    code = journey.code()
    journey.act("drop_amendment", journey.officer, motive=MOTIVE)
    journey.act("amend", journey.officer, lines=LINES, motive=MOTIVE)
    with pytest.raises(Refused):
        sign(journey, "amend", code)
    sign(journey, "amend", journey.code())
    assert journey.dossier.amendments.get(rank=2).company_signed_at is not None


def test_the_e_mail_names_what_the_code_signs(mailoutbox: list[Any]) -> None:
    journey = with_amendment()
    send_code(dossier=journey.dossier, user=journey.owner, act="amend", now=journey.now)
    outbox.drain(journey.now)
    mail = next(one for one in mailoutbox if "code" in one.subject)
    assert "l’avenant" in mail.subject
    assert f"l’avenant du dossier {journey.dossier.number}" in mail.body


def test_the_contract_is_read_then_its_evidence_is_kept() -> None:
    journey = Journey().to("contract_sent")
    client, pk = signed_in(journey.owner), journey.dossier.pk
    page = client.get(reverse("company_sign", args=[pk])).content.decode()
    assert "Ne signez pas encore le devis" in page
    assert "Vous signez en tant que" in page
    assert journey.dossier.contract.sha256 in page
    assert client.get(reverse("company_evidence", args=[pk])).status_code == 404
    sign(journey, "sign", journey.code())
    answer = client.get(reverse("company_evidence", args=[pk]))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    evidence = json.loads(answer.content)
    signature = evidence["entreprise"]
    assert signature["adresse_reseau"] == "192.0.2.7"
    assert signature["nom"]
    assert (signature["code_envoye_pour"], signature["objet_du_code"]) == (
        "le contrat",
        f"dossier:{pk}:contract",
    )
    # Anyone can draw the seal again from what the file holds.
    text = json.dumps(evidence["scelle"], sort_keys=True, ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == evidence["empreinte"] == signature["empreinte_signee"]
    assert evidence["journal"]["rang"] == journey.dossier.version


def test_the_evidence_of_an_amendment_is_its_own() -> None:
    journey = with_amendment()
    client, url = (
        signed_in(journey.owner),
        reverse("company_amendment_evidence", args=[journey.dossier.pk, 1]),
    )
    assert client.get(url).status_code == 404
    sign(journey, "amend", journey.code())
    evidence = json.loads(client.get(url).content)
    text = json.dumps(evidence["scelle"], sort_keys=True, ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == evidence["empreinte"]
    assert evidence["entreprise"]["code_envoye_pour"] == "l’avenant"
    page = client.get(reverse("company_dossier", args=[journey.dossier.pk])).content.decode()
    assert url in page


def test_who_may_not_sign_reads_who_may() -> None:
    from tests.applications import factories as f

    journey = Journey().to("contract_sent")
    member = f.MembershipFactory(organisation=journey.dossier.company.organisation).user
    page = signed_in(member).get(reverse("company_sign", args=[journey.dossier.pk])).content.decode()
    assert "Seul un signataire" in page
    assert "Code reçu par courriel" not in page
