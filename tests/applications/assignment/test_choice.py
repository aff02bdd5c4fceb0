"""Who gets a dossier: the first rule that applies and has somebody, then the least loaded; a generated matrix."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from applications.services.assignment.choice import Choice, Rule, Seat, choose, given

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
NAMES = {1: "Anne", 2: "Bilal", 3: "Chloé"}


def seat(key: int, load: int = 0, *, days_ago: int | None = None, away: str = "") -> Seat:
    last_at = None if days_ago is None else NOON - timedelta(days=days_ago)
    return Seat(key=key, name=NAMES[key], load=load, last_at=last_at, away=away)


def team(*seats: Seat) -> dict[int, Seat]:
    return {one.key: one for one in seats}


def rule(key: int = 1, *officers: int, name: str = "Tout", **asked: object) -> Rule:
    return Rule(key=key, name=name, officers=officers or (1, 2, 3), **asked)  # type: ignore[arg-type]


def plain(choice: Choice) -> str:
    return choice.reason.replace("\u00a0", " ")


VOLETS = (frozenset(), frozenset({1, 2}))
REGIONS = (frozenset(), frozenset({"Bretagne"}))
CEILINGS = (None, 2)
STATES = ((0, ""), (2, ""), (1, "est en absence"))


@pytest.mark.parametrize(("volets", "regions", "ceiling"), list(product(VOLETS, REGIONS, CEILINGS)))
@pytest.mark.parametrize(("first", "second"), list(product(STATES, STATES)))
def test_the_rule_and_the_person_are_those_a_plain_reading_finds(
    volets: frozenset[int],
    regions: frozenset[str],
    ceiling: int | None,
    first: tuple[int, str],
    second: tuple[int, str],
) -> None:
    """A narrow rule for two people, then one for the third: whatever the narrow one can't give goes to her."""
    seats = team(seat(1, first[0], away=first[1]), seat(2, second[0], away=second[1]), seat(3, 9))
    rules = [rule(1, 1, 2, volets=volets, regions=regions, ceiling=ceiling), rule(2, 3)]
    for volet, region, barred in product((1, 3), ("Bretagne", "Corse", ""), ({}, {1: "a saisi la demande"})):
        applies = (not volets or volet in volets) and (not regions or region in regions)
        free = [
            one
            for one in (seats[1], seats[2])
            if applies and not one.away and one.key not in barred and (ceiling is None or one.load < ceiling)
        ]
        expected = (min(free, key=lambda one: (one.load, one.name)).key, 1) if free else (3, 2)
        found = choose(volet, region, rules=rules, seats=seats, barred=barred)
        assert (found.officer, found.rule) == expected
        assert set(found.loads) == ({one.key for one in free} or {3})


def test_the_order_of_the_rules_decides() -> None:
    seats = team(seat(1, 9), seat(2, 0))
    one, two = rule(1, 1, name="Première"), rule(2, 2, name="Seconde")
    assert choose(1, "", rules=[one, two], seats=seats).officer == 1
    assert choose(1, "", rules=[two, one], seats=seats).officer == 2


@pytest.mark.parametrize(
    ("seats", "officer", "words"),
    [
        (
            team(seat(1, 4), seat(2, 2), seat(3, 5)),
            2,
            "Règle « Tout » : Bilal, qui a le moins de dossiers (dossiers en cours : Bilal 2, Anne 4, Chloé 5).",
        ),
        (
            team(seat(1, 2, days_ago=1), seat(2, 2, days_ago=9), seat(3, 2, days_ago=3)),
            2,
            "Règle « Tout » : Bilal, à charge égale, qui n’en a pas reçu depuis le plus longtemps "
            "(dossiers en cours : Bilal 2, Chloé 2, Anne 2).",
        ),
        (
            team(seat(1, 2, days_ago=1), seat(2, 2), seat(3, 5)),
            2,
            "Règle « Tout » : Bilal, à charge égale, qui n’en a pas reçu depuis le plus longtemps "
            "(dossiers en cours : Bilal 2, Anne 2, Chloé 5).",
        ),
        (
            team(seat(3, 2), seat(2, 2), seat(1, 2)),
            1,
            "Règle « Tout » : Anne, à charge égale, dans l’ordre des noms "
            "(dossiers en cours : Anne 2, Bilal 2, Chloé 2).",
        ),
        (
            team(seat(1, 1), seat(2, away="est en absence jusqu’au 12/03/2026")),
            1,
            "Règle « Tout » : Anne, seule personne disponible (1 dossier en cours).",
        ),
    ],
)
def test_the_reason_says_what_made_the_difference(seats: dict[int, Seat], officer: int, words: str) -> None:
    found = choose(1, "Bretagne", rules=[rule()], seats=seats)
    assert found.officer == officer
    assert plain(found) == words


def test_a_rule_that_has_nobody_is_told_before_the_next_one() -> None:
    seats = team(seat(1, 7), seat(2, away="est en absence jusqu’au 12/03/2026"), seat(3))
    rules = [rule(1, 1, 2, name="Logiciels", ceiling=7), rule(2, 3, name="Le reste")]
    assert plain(choose(1, "", rules=rules, seats=seats)) == (
        "Règle « Logiciels » : personne n’est disponible (Anne est au plafond (7 sur 7) ; "
        "Bilal est en absence jusqu’au 12/03/2026). "
        "Règle « Le reste » : Chloé, seule personne disponible (0 dossier en cours)."
    )


def test_without_anybody_it_says_why() -> None:
    narrow = rule(1, 1, name="Bretons", regions=frozenset({"Bretagne"}))
    assert plain(choose(2, "Corse", rules=[narrow], seats=team(seat(1)))) == (
        "Aucune règle ne vise un dossier du volet 2 de la région Corse."
    )
    assert plain(choose(2, "", rules=[], seats={})) == (
        "Aucune règle ne vise un dossier du volet 2 d’une entreprise sans région connue."
    )
    found = choose(
        2, "Bretagne", rules=[narrow], seats=team(seat(1)), barred={1: "a pris la décision contestée"}
    )
    assert found.officer is None
    assert plain(found) == (
        "Règle « Bretons » : personne n’est disponible (Anne a pris la décision contestée)."
    )
    assert "ne nomme personne" in choose(1, "", rules=[rule(1, 9)], seats={}).reason


def test_dossiers_given_one_after_the_other_spread_over_the_team() -> None:
    seats, got = team(seat(1, 3), seat(2, 1), seat(3, 1)), []
    for minute in range(6):
        officer = choose(1, "", rules=[rule(ceiling=4)], seats=seats).officer
        assert officer is not None
        got.append(officer)
        seats = given(seats, officer, at=NOON + timedelta(minutes=minute))
    assert got == [2, 3, 2, 3, 1, 2]
    assert {key: one.load for key, one in seats.items()} == {1: 4, 2: 4, 3: 3}
