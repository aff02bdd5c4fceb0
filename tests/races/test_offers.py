"""Two members of a company choose different offers at once: one wins, the other is told, nothing is doubled.

What keeps them apart is the request's row, held from before the offer is judged. The twin judges what was read before
the race: both choose, and a firm is told that it is chosen, then that it is not. For a draft that was there already,
its revision keeps the second quote out even then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from applications.models import Dossier, Offer, Quote, QuoteRequest
from applications.services.offers import accepting
from applications.services.quoting import choosing
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.offers.builders import Asked, asked, sent
from tests.races.conftest import ROUNDS, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
TOGETHER = 8


@dataclass
class Race:
    """A request with the offers of two firms, and two members of the company that asked."""

    made: Asked
    offers: tuple[Offer, Offer]
    members: tuple[User, User]

    def choices(self, number: int = TOGETHER) -> list[Callable[[], object]]:
        """Return as many choices, the members and the offers by turns, each on the page of now."""
        return [
            partial(
                choosing.choose,
                self.made.request,
                offer=self._read(rank),
                actor=self.members[rank % 2],
                now=self.made.now,
                expected_version=1,
            )
            for rank in range(number)
        ]

    def acceptances(self, number: int = TOGETHER) -> list[Callable[[], object]]:
        """Return as many acceptances for the request's draft."""
        return [
            partial(
                accepting.accept,
                offer=self._read(rank),
                actor=self.members[rank % 2],
                now=self.made.now,
                expected_version=1,
            )
            for rank in range(number)
        ]

    def _read(self, rank: int) -> Offer:
        """Return an offer as a page of its own read it, with all that is judged of it."""
        rows = Offer.objects.select_related("document", "invitation__firm", "invitation__request__company")
        return rows.select_related("invitation__request__dossier").get(pk=self.offers[rank % 2].pk)

    def is_won_once(self) -> None:
        """Assert that one draft carries one offer, and that each firm and member was told once."""
        offers = Offer.objects.filter(invitation__request=self.made.request)
        won, lost = offers.get(state=Offer.State.ACCEPTED), offers.get(state=Offer.State.SUPERSEDED)
        self.made.request.refresh_from_db()
        assert (self.made.request.close_reason, self.made.request.dossier) == ("chosen", won.dossier)
        assert self.made.request.invitations.get(chosen_at__isnull=False) == won.invitation
        quote = Quote.objects.get(dossier=Dossier.objects.get(company=self.made.company))
        assert (won.quote, quote.firm, quote.lines_hash) == (quote, won.invitation.firm, won.lines_hash)
        assert quote.lines.count() == won.lines.count()
        assert quote.dossier.documents.filter(kind="quote", replaced_at__isnull=True).count() == 1
        assert Event.objects.filter(chain=self.made.request.chain, name="offer_accepted").count() == 1
        assert not verify(self.made.request.chain)
        assert self._titles(won) == [f"Votre devis {won.reference} est retenu"]
        assert self._titles(lost) == [f"Votre devis {lost.reference} n’est pas retenu"]

    @staticmethod
    def _titles(offer: Offer) -> list[str]:
        notices = Outbox.objects.filter(
            kind="notify", payload__kind="offer", payload__user=f.owner_of(offer.invitation.firm).pk
        )
        return list(notices.order_by("pk").values_list("payload__title", flat=True))


def ready(*, with_draft: bool = False) -> Race:
    """Return a race about to start, for a draft that is there already or for none."""
    draft = f.DossierFactory() if with_draft else None
    made = asked(company=draft.company, dossier=draft) if draft else asked()
    other = f.MembershipFactory(organisation=made.company.organisation).user
    return Race(made, (sent(made), sent(made, made.rival)), (made.owner, other))


@contextmanager
def lock_off() -> Iterator[None]:
    """Judge the request and the offer as the page read them, without holding their rows."""

    @contextmanager
    def read(request: QuoteRequest, *, actor: User | None) -> Iterator[QuoteRequest]:
        with transaction.atomic():
            yield request

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choosing, "held", read)
        patch.setattr(accepting, "locked_in_force", lambda offer: offer)
        yield


@pytest.mark.parametrize("with_draft", [False, True], ids=["new", "draft"])
def test_of_two_offers_chosen_at_once_one_wins(with_draft: bool) -> None:
    for _ in range(ROUNDS):
        race = ready(with_draft=with_draft)
        assert at_once(race.choices()) == {"done": 1, "WrongState": TOGETHER - 1}
        race.is_won_once()


def test_of_two_offers_accepted_at_once_for_one_dossier_one_wins() -> None:
    race = ready(with_draft=True)
    assert at_once(race.acceptances()) == {"done": 1, "WrongState": TOGETHER - 1}
    race.is_won_once()


def test_the_other_member_reads_what_happened() -> None:
    for _ in range(ROUNDS):
        race = ready()
        pages: dict[int, str] = {}
        assert at_once([partial(_press, race, rank, pages) for rank in range(2)]) == {"done": 2}
        assert sorted(pages) == [302, 409]
        assert "n’est plus à jour" in pages[409]
        assert "close" in pages[409] or "n’est plus en vigueur" in pages[409]


def _press(race: Race, rank: int, pages: dict[int, str]) -> None:
    """Have one member press « Retenir ce devis » of his own offer; keep the page by its status."""
    client = Client(raise_request_exception=False)
    client.force_login(race.members[rank])
    address = reverse("quote_choose", args=[race.made.request.pk, race.offers[rank].token])
    answer = client.post(address, {"version": 1})
    pages[answer.status_code] = answer.content.decode()


def twin(race: Race, acts: list[Callable[[], object]]) -> Counter[str]:
    with lock_off():
        return at_once(acts)


@pytest.mark.twin
def test_without_the_lock_both_offers_are_chosen() -> None:
    race = ready()
    assert twin(race, race.choices(2)) == {"done": 2}
    assert Event.objects.filter(chain=race.made.request.chain, name="offer_accepted").count() == 2


def test_without_the_lock_the_revision_of_the_draft_keeps_a_second_quote_out() -> None:
    race = ready(with_draft=True)
    assert twin(race, race.acceptances(2)) == {"done": 1, "Stale": 1}
    assert Quote.objects.count() == 1
