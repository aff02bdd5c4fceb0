"""The firms proposed: the least loaded first, each in its turn, the region only between equals."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.services.quoting.choice import WANTED, Candidate, choose

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def firm(key: int, **known: object) -> Candidate:
    """Return a firm of one consultant without missions."""
    return Candidate(**{"key": key, "name": f"Cabinet {key:03d}", "consultants": 1, **known})  # type: ignore[arg-type]


def keys(*firms: Candidate, **more: object) -> list[int]:
    """Return the firms proposed, in order."""
    return [one.candidate.key for one in choose(firms, volet=1, **more).choices]  # type: ignore[arg-type]


def test_at_least_three_are_proposed_where_there_are_three() -> None:
    assert len(keys(*(firm(key) for key in range(10)))) == WANTED == 3


def test_the_fewest_live_missions_per_consultant_come_first() -> None:
    busy, free = firm(1, live_missions=2, consultants=1), firm(2, live_missions=3, consultants=3)
    assert keys(busy, free) == [2, 1]


def test_a_firm_without_declared_consultants_counts_as_one_person() -> None:
    assert keys(firm(1, live_missions=2, consultants=0), firm(2, live_missions=1)) == [2, 1]


def test_of_equals_the_one_proposed_longest_ago_comes_first_and_the_one_never_proposed_before_it() -> None:
    lately, long_ago = firm(1, last_at=NOW), firm(2, last_at=NOW - timedelta(days=90))
    assert keys(lately, long_ago, firm(3)) == [3, 2, 1]


def test_the_region_decides_only_between_equals() -> None:
    assert keys(firm(1), firm(2, in_region=True)) == [2, 1]
    assert keys(firm(1), firm(2, in_region=True, live_missions=1)) == [1, 2]
    assert keys(firm(1, last_at=NOW - timedelta(days=1)), firm(2, last_at=NOW, in_region=True)) == [1, 2]


def test_the_certificate_that_covers_most_of_the_audits_comes_first() -> None:
    part, whole = firm(1, covered=1, wanted=2), firm(2, covered=2, wanted=2, live_missions=4)
    found = choose([part, whole], volet=5, passi=True)
    assert [one.candidate.key for one in found.choices] == [2, 1]
    assert "couvre tous les audits souhaités" in found.choices[0].reason
    assert "couvre 1 des 2 audits souhaités." in found.choices[1].reason


def test_each_firm_is_explained_without_any_figure_of_its_business() -> None:
    found = choose(
        [firm(1, live_missions=37, consultants=41, last_at=NOW), firm(2, live_missions=73)], volet=1
    )
    assert [one.rank for one in found.choices] == [1, 2]
    assert "parmi les cabinets les plus disponibles" in found.choices[0].reason
    assert "le plus disponible après les cabinets précédents" in found.choices[1].reason
    assert "2\u00a0mars\u00a02026" in found.choices[0].reason
    assert not any(figure in one.reason for one in found.choices for figure in ("37", "41", "73"))


@pytest.mark.parametrize(
    ("firms", "already", "said"),
    [
        ([], (), "Aucun cabinet n’est agréé aujourd’hui pour le volet 1"),
        ([firm(1)], (), "Un seul cabinet est agréé aujourd’hui pour le volet 1"),
        ([firm(1), firm(2)], (), "2 cabinets seulement sont agréés"),
        ([firm(1), firm(2)], (1, 2), "Tous les cabinets agréés"),
        ([firm(1), firm(2)], (1,), "vous ont déjà été proposés"),
    ],
)
def test_fewer_than_three_says_why_in_one_sentence(
    firms: list[Candidate], already: tuple[int, ...], said: str
) -> None:
    shortfall = choose(firms, volet=1, already=already).shortfall
    assert said in shortfall
    assert shortfall.count(".") == 1


def test_a_volet_reserved_to_passi_says_so() -> None:
    assert "certificat PASSI valable" in choose([], volet=5, passi=True).shortfall


def test_a_firm_proposed_before_is_not_proposed_again_for_the_same_request() -> None:
    assert keys(*(firm(key) for key in range(5)), already=(0, 1, 2)) == [3, 4]


# --- Properties ------------------------------------------------------------------------------------
_FIRMS = st.lists(
    st.builds(
        lambda load, people, region: firm(0, live_missions=load, consultants=people, in_region=region),
        st.integers(0, 5),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
).map(lambda found: [replace(one, key=key, name=f"Cabinet {key:03d}") for key, one in enumerate(found)])


@given(_FIRMS)
def test_whoever_is_left_out_is_never_freer_than_who_is_proposed(firms: list[Candidate]) -> None:
    chosen = choose(firms, volet=1).choices
    left = [one for one in firms if one.key not in {choice.candidate.key for choice in chosen}]
    assert len(chosen) == min(WANTED, len(firms))
    assert all(choice.candidate.load <= other.load for choice in chosen for other in left)


@given(_FIRMS, st.randoms())
def test_the_order_in_which_firms_are_read_changes_nothing(firms: list[Candidate], random: object) -> None:
    shuffled = list(firms)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(firms, volet=1) == choose(shuffled, volet=1)


@given(st.integers(1, 25), st.lists(st.booleans(), min_size=25, max_size=25))
def test_equally_loaded_firms_are_all_proposed_in_one_turn_wherever_they_are(
    count: int, regions: list[bool]
) -> None:
    """The region of every company is the same: the firms elsewhere are not starved by those that are near."""
    pool = {key: firm(key, in_region=regions[key]) for key in range(count)}
    turn = -(-count // WANTED)
    for lap in range(3):
        seen: set[int] = set()
        for ask in range(turn):
            at = NOW + timedelta(hours=lap * turn + ask)
            for one in choose(pool.values(), volet=1).choices:
                seen.add(one.candidate.key)
                pool[one.candidate.key] = replace(pool[one.candidate.key], last_at=at)
        assert seen == set(pool)


@given(_FIRMS)
def test_no_eligible_firm_is_starved_however_loaded_it_begins(firms: list[Candidate]) -> None:
    """Each round the first proposed gets the mission: the load of the others is what delays nobody for ever."""
    pool = {one.key: one for one in firms}
    wanted, seen = set(pool), set[int]()
    most = max(one.live_missions for one in firms) + 1
    bound = sum(most * max(1, one.consultants) for one in firms) + len(firms)
    for ask in range(bound):
        chosen = choose(pool.values(), volet=1).choices
        for one in chosen:
            pool[one.candidate.key] = replace(pool[one.candidate.key], last_at=NOW + timedelta(hours=ask))
        seen |= {one.candidate.key for one in chosen}
        first = pool[chosen[0].candidate.key]
        pool[first.key] = replace(first, live_missions=first.live_missions + 1)
    assert seen == wanted
