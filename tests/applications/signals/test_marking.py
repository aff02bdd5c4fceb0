"""Texts written before the signals are marked by a command, in batches, once, while people write."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from applications.models import DeliveredLine, Device, Offer
from applications.services.signals import marking
from applications.services.signals.marks import mark_of
from tests.applications.journeys import Journey
from tests.applications.offers import builders
from tests.applications.signals.builders import DESCRIPTION, codes, describe, pair

pytestmark = pytest.mark.django_db

METHOD = (
    "Un audit à blanc de deux jours, puis la rédaction des procédures et trois mois de suivi sur le site."
)
REFERENCE = (
    "Partie 3, où chaque exigence de la norme est rapprochée des procédures de l’entreprise, pages 12 à 40."
)


def marked() -> str:
    said = StringIO()
    call_command("mark_texts", stdout=said)
    return said.getvalue().strip()


def test_older_texts_are_marked_once_whatever_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marking, "BATCH", 1)
    ours, theirs = pair()
    describe(ours, DESCRIPTION)
    describe(theirs, DESCRIPTION)
    marked()
    Device.objects.update(description_mark="")
    assert "text_description" not in codes(ours)
    assert marked() == "2 texts marked."
    assert "text_description" in codes(ours)
    assert marked() == "0 texts marked."


def test_each_kind_of_text_is_marked_and_a_method_once_it_is_sent() -> None:
    journey = Journey().to("work_done")
    line = DeliveredLine.objects.create(
        mission=journey.mission, item="qms_support", delivered=1, report_reference=REFERENCE
    )
    offer = builders.sent(builders.asked(), method=METHOD)
    draft = builders.drafted(builders.asked(), method=METHOD)
    Offer.objects.update(method_mark="")
    marked()
    for row in (line, offer, draft):
        row.refresh_from_db()
    assert (line.reference_mark, offer.method_mark) == (mark_of(REFERENCE), mark_of(METHOD))
    assert draft.method_mark == ""


def test_a_text_rewritten_meanwhile_keeps_the_mark_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("under_review")
    describe(journey, DESCRIPTION)
    Device.objects.update(description_mark="")
    newer = f"{DESCRIPTION} Seconde version, pour l’hôpital."

    def slow(text: str) -> str:
        if text == DESCRIPTION:
            describe(journey, newer)
        return mark_of(text)

    monkeypatch.setattr(marking, "mark_of", slow)
    marked()
    device = Device.objects.get(description=newer)
    assert device.description_mark == mark_of(newer)
