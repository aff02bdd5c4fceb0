"""Members save one draft at once: different answers are all kept, the same one is never overwritten silently."""

from collections import Counter
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Dossier
from applications.views import filing_save
from tests.applications.factories import MembershipFactory, owner_of
from tests.applications.filing.conftest import form_data
from tests.applications.journeys import Journey
from tests.races.conftest import ROUNDS, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

ANSWERS = ("headcount", "turnover", "balance_sheet", "equity", "subscribed_capital")


def members(dossier: Dossier, number: int) -> list[Client]:
    """Return signed-in members of the company."""
    people = [owner_of(dossier.company)]
    while len(people) < number:
        people.append(MembershipFactory(organisation=dossier.company.organisation).user)
    clients = []
    for person in people:
        client = Client(raise_request_exception=False)
        client.force_login(person)
        clients.append(client)
    return clients


def saves(dossier: Dossier, typed: list[dict[str, str]]) -> Counter[int]:
    """Send the step « Entreprise » once for each of `typed`, at once, from pages shown before; count the answers."""
    url = reverse("filing_step", args=[dossier.pk, "entreprise"])
    clients = members(dossier, len(typed))
    pages = [form_data(client.get(url)) for client in clients]
    statuses: Counter[int] = Counter()

    def send(client: Client, data: dict[str, str]) -> None:
        statuses[client.post(url, data).status_code] += 1

    acts = [lambda c=c, d={**p, **t}: send(c, d) for c, p, t in zip(clients, pages, typed, strict=True)]
    assert at_once(acts) == {"done": len(typed)}
    return statuses


def test_different_answers_at_once_are_all_kept() -> None:
    for _ in range(ROUNDS):
        dossier = Journey().dossier
        typed = [{name: str(1000 + rank)} for rank, name in enumerate(ANSWERS)]
        assert saves(dossier, typed) == {302: len(ANSWERS)}
        dossier.refresh_from_db()
        assert [dossier.company_facts[name] for name in ANSWERS] == [str(1000 + n) for n in range(5)]


def test_the_same_answer_at_once_is_kept_once_and_the_others_are_asked() -> None:
    for _ in range(ROUNDS):
        dossier = Journey().dossier
        assert saves(dossier, [{"headcount": str(50 + rank)} for rank in range(8)]) == {302: 1, 409: 7}
        dossier.refresh_from_db()
        assert dossier.revision == 1
        changed = dossier.draft_steps.get().changes["headcount"]
        assert changed["by"]


@pytest.mark.twin
def test_without_the_lock_somebody_would_be_refused_for_nothing() -> None:
    """The lock is what lets everybody in: without it, the revision alone turns simultaneous members away."""
    typed = [{name: str(1000 + rank)} for rank, name in enumerate(ANSWERS)]
    found: Counter[int] = Counter()
    with patch.object(filing_save, "lock", lambda _pk: None):
        for _ in range(ROUNDS * 3):
            dossier = Journey().dossier
            found += saves(dossier, typed)
            dossier.refresh_from_db()
            if any(dossier.company_facts[name] != t[name] for t in typed for name in t):
                return
    pytest.fail(f"Every save went through without the lock: {found}")
