"""Sections of letters: composed from the findings, rewritten as plain text, kept as a difference."""

from typing import Any

import pytest

from applications.models import Letter
from applications.services.letter_words import (
    KIND_OF_ACT,
    PLACEHOLDERS,
    changed_only,
    filled,
    sections_of,
    unknown_names,
    values_of,
    with_words,
)
from applications.workflow.refusals import Refused
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db
Kind = Letter.Kind


def context_of(journey: Journey, kind: str) -> dict[str, Any]:
    content: dict[str, Any] = journey.dossier.letters.get(kind=kind).context
    return content


@pytest.fixture
def rejection() -> dict[str, Any]:
    return context_of(Journey().to("rejected"), Kind.REJECTION)


def test_a_rejection_is_composed_from_its_findings(rejection: dict[str, Any]) -> None:
    sections = {section.key: section for section in sections_of(Kind.REJECTION, rejection)}
    finding = rejection["findings"][0]
    assert sections[f"remedy:{finding['rule']}"].words == (finding["remedy"] or "")
    assert sections["motive"].words == MOTIVE
    assert finding["source"]


def test_placeholders_are_replaced_once_and_never_executed() -> None:
    values = {"entreprise": "{numero} {{ 7|add:1 }}", "numero": "DM-1"}
    text = "Pour {entreprise} : {% load x %} {{ settings.SECRET_KEY }}"
    assert filled(text, values) == ("Pour {numero} {{ 7|add:1 }} : {% load x %} {{ settings.SECRET_KEY }}")
    assert filled("{entreprise.__class__}", values) == "{entreprise.__class__}"


def test_every_placeholder_of_a_composed_text_has_a_value_and_a_meaning() -> None:
    journey = Journey().to("closure_submitted")
    items = [{"target": "final_report", "reason": "Une annexe manque."}]
    journey.act("request_corrections", journey.officer, items=items, message="Bonjour.")
    rejected, incomplete, lapsed = (
        Journey().to("rejected"),
        Journey().to("incomplete"),
        Journey().to("lapsed"),
    )
    seen = set()
    for one in (journey, rejected, incomplete, lapsed):
        for letter in one.dossier.letters.all():
            values = values_of(letter.context)
            assert set(values) <= set(PLACEHOLDERS)
            for section in sections_of(letter.kind, letter.context):
                seen.add(letter.kind)
                assert section.literal or not unknown_names(section.words, values), section
    assert seen == set(KIND_OF_ACT.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Bonjour {prenom}", "{prenom} n’est remplacé par rien"),
        ("", "ne peut pas être vide"),
        ("x" * 6001, "au plus 6000 caractères"),
    ],
)
def test_what_can_not_leave_is_refused_in_words(rejection: dict[str, Any], text: str, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        with_words(Kind.REJECTION, rejection, {"opening": text})
    assert said in str(refusal.value)


def test_a_motive_with_braces_typed_in_the_act_is_no_placeholder() -> None:
    journey = Journey().to("under_review")
    motive = "Le champ {effectif} du devis est vide, et {{ cela }} ne suffit pas."
    journey.act("reject", journey.officer, rules=["company.category"], motive=motive)
    assert context_of(journey, Kind.REJECTION)["motive"] == motive


def test_only_what_differs_from_the_composed_text_is_kept(rejection: dict[str, Any]) -> None:
    sections = sections_of(Kind.REJECTION, rejection)
    same = {section.key: section.words.replace("\n", "\r\n") for section in sections}
    assert changed_only(Kind.REJECTION, rejection, same) == {}
    assert changed_only(Kind.REJECTION, rejection, {**same, "opening": "Autre.", "inconnue": "x"}) == {
        "opening": "Autre."
    }


def test_the_act_takes_what_was_rewritten_and_keeps_the_difference() -> None:
    journey = Journey().to("under_review")
    texts = {"opening": "Nous avons étudié la demande {numero} de {entreprise}.", "motive": "Motif réécrit."}
    rules = ["company.category"]
    journey.act("reject", journey.officer, rules=rules, motive=MOTIVE, letter=texts)
    letter = journey.dossier.letters.get(kind=Kind.REJECTION)
    opening, motive = letter.edits
    assert opening["sent"] == (
        f"Nous avons étudié la demande {journey.dossier.number} de {journey.dossier.company.name}."
    )
    assert opening["composed"].startswith("Après étude")
    assert (motive["composed"], motive["sent"]) == (MOTIVE, "Motif réécrit.")
    # The company reads the letter, the history keeps what the act was given.
    assert letter.context["motive"] == "Motif réécrit."
    assert letter.context["sections"]["closing"]


def test_a_refused_section_leaves_no_trace() -> None:
    journey = Journey().to("under_review")
    version = journey.dossier.version
    with pytest.raises(Refused):
        journey.act(
            "reject", journey.officer, rules=["company.category"], motive=MOTIVE, letter={"opening": "{x}"}
        )
    journey.dossier.refresh_from_db()
    assert (journey.dossier.state, journey.dossier.version) == ("under_review", version)
    assert not journey.dossier.letters.filter(kind=Kind.REJECTION).exists()


def test_what_the_first_person_wrote_leaves_with_the_second_ones_yes() -> None:
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount="60000.00")
    journey.to("under_review")
    waiting = journey.act("approve", journey.officer, letter={"closing": "Bravo à {entreprise}."})
    assert waiting.pending is not None
    journey.act("approve", journey.manager)
    letter = journey.dossier.letters.get(kind=Kind.APPROVAL)
    assert [edit["sent"] for edit in letter.edits] == [f"Bravo à {journey.dossier.company.name}."]


def test_special_terms_are_sealed_with_the_contract() -> None:
    journey = Journey().to("approved")
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    texts = {"special": "Les travaux de {expert} ont lieu à Lyon."}
    journey.act("sign_for_bpifrance", journey.manager, letter=texts)
    contract = journey.dossier.contract
    assert contract.terms["special_terms"].endswith("ont lieu à Lyon.")
    assert "{" not in contract.terms["special_terms"]
    letter = journey.dossier.letters.get(kind=Kind.CONTRACT)
    assert letter.context["terms"] == contract.terms
    assert [edit["label"] for edit in letter.edits] == ["Conditions particulières"]


def test_a_completion_says_what_is_asked_and_the_rule_behind_it() -> None:
    journey = Journey()
    journey.dossier.company_facts |= {"legal_form": "9220"}
    journey.dossier.save()
    journey.to("under_review")
    items = [{"step": "entreprise", "target": "headcount", "reason": "À la clôture 2025."}]
    journey.act("request_completion", journey.officer, items=items, message="")
    (item,) = context_of(journey, Kind.COMPLETION)["items"]
    assert item["where"] == "Entreprise, effectif"
    finding = next(one for one in item["findings"] if one["rule"] == "company.legal_form")
    assert finding["source"]
    assert finding["message"]


def test_corrections_are_a_letter_to_the_expert_alone() -> None:
    journey = Journey().to("closure_incomplete")
    letter = journey.dossier.letters.get(kind=Kind.CORRECTIONS)
    assert letter.context["addressee"]["name"] == journey.mission.firm.name
    assert letter.context["items"][0]["where"] == "Rapport final"
    assert letter.context["due_on"]
