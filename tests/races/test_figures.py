"""Acts, names that change and foldings at once: the sums stay those of the dossiers, and each change is folded once."""

from collections.abc import Callable, Iterable
from unittest.mock import patch

import pytest

from applications.models import Listing, Tally
from applications.services import filing_company
from applications.services.figures import rebuild, tally
from applications.services.figures.facts import READ, Measure
from tests.applications.journeys import Journey
from tests.races.conftest import ROUNDS, at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
REGIONS = ("Bretagne", "Occitanie", "Grand Est")


def moving(journey: Journey, region: str) -> Callable[[], object]:
    """Return what gives the company another region."""
    company = journey.dossier.company
    identity = {name: getattr(company, name) for name in ("name", "address", "postcode", "city")}
    return lambda: filing_company.edit_company(company, actor=journey.owner, **identity, region=region)


def everybody() -> None:
    """Let an officer take each dossier while its company moves and three workers fold."""
    journeys = [Journey().to("submitted") for _ in range(3)]
    acts: list[Callable[[], object]] = [tally.fold, tally.fold, tally.fold]
    for journey in journeys:
        acts.append(lambda one=journey: one.act("take", one.officer))
        acts += [moving(journey, region) for region in REGIONS]
    done = at_once(acts)
    assert done == {"done": len(acts)}, done


def folded_at_once(number: int) -> list[int]:
    """Fold in several threads, and say how many changes each folded."""
    counts: list[int] = []
    assert at_once([lambda: counts.append(tally.fold())] * number) == {"done": number}
    return counts


def wrong() -> int:
    """Say how many cells are not those of the dossiers, and set them right."""
    return rebuild.mend()


def test_whatever_happens_at_once_the_sums_are_those_of_the_dossiers() -> None:
    for _ in range(ROUNDS):
        everybody()
        assert wrong() == 0
        assert sum(
            Tally.objects.filter(measure=Measure.FUNNEL, device="*", edition="*", region="*").values_list(
                "n", flat=True
            )
        ) == (Listing.objects.count())


@pytest.mark.twin
def test_without_the_rows_lock_a_sum_would_be_wrong() -> None:
    def unlocked(keys: Iterable[int]) -> dict[int, Listing]:
        return {row.pk: row for row in Listing.objects.filter(pk__in=list(keys)).only(*READ)}

    with patch.object(tally, "held", unlocked):
        for _ in range(ROUNDS * 3):
            everybody()
            if wrong():
                return
    pytest.fail("The sums were right without the lock.")


def test_two_foldings_at_once_fold_each_change_once() -> None:
    for _ in range(ROUNDS):
        Journey().to("submitted")
        assert sorted(folded_at_once(6))[:-1] == [0] * 5
        assert wrong() == 0
