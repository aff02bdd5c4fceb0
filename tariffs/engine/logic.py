"""Three-valued logic: conditions over values of which some are not known (None)."""

from collections.abc import Iterable
from decimal import Context, Decimal

# Shares with 15 decimals times amounts with 17 digits need more than the 28 digits of the ordinary context.
EXACT = Context(prec=120)
_NOTHING = Decimal(0)


def all_of(*conditions: bool | None) -> bool | None:
    """False as soon as one is false, True when all are true, None while that isn't settled."""
    if False in conditions:
        return False
    return None if None in conditions else True


def any_of(*conditions: bool | None) -> bool | None:
    """True as soon as one is true, False when all are false, None while that isn't settled."""
    if True in conditions:
        return True
    return None if None in conditions else False


def below(value: Decimal | None, bound: Decimal) -> bool | None:
    """Is the value strictly below the bound? None where the value is not known."""
    return None if value is None else value < bound


def sum_below(parts: Iterable[Decimal | None], bound: Decimal) -> bool | None:
    """Is the sum of parts that can't be negative strictly below the bound?

    The known parts alone may settle it as False; they never settle it as True while one is unknown.
    """
    known = _NOTHING
    unknown = False
    for part in parts:
        if part is None:
            unknown = True
        else:
            known = EXACT.add(known, part)
    if known >= bound:
        return False
    return None if unknown else True
