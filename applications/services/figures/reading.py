"""Reads the sums that a page asks for: one statement, whatever the number of dossiers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, DateField, F, Q, Sum, Value, When

from applications.models import EVERY, Tally
from applications.services.figures.facts import NO_DAY, ZERO, Measure, month_of

# What is shown as it stands today, whatever the period.
STANDING = (Measure.COMMITTED, Measure.PAID, Measure.TO_PAY)
OF_A_MONTH = tuple(one for one in Measure if one not in {*STANDING, Measure.DUE})
# Measures whose value is a number of days.
OF_DAYS = frozenset(
    {
        *(Measure.DECIDED_OWN, Measure.DECIDED_COMPANY, Measure.DECIDED_ALL),
        *(Measure.PAID_OWN, Measure.PAID_COMPANY, Measure.PAID_EXPERT, Measure.PAID_ALL),
    }
)
# A measure, a month and a volet; None is every one.
Place = tuple[str, date | None, int | None]
MOST_MONTHS = 60
USUAL_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks of the figures: months (first days, both included), and dimensions; empty asks all."""

    since: date
    until: date
    today: date
    volet: str = ""
    device: str = ""
    edition: str = ""
    region: str = ""
    envelope: int | None = None

    @property
    def months(self) -> list[date]:
        """The months of the period, the oldest first."""
        return list(_months(self.since, self.until))

    @property
    def volets(self) -> list[int]:
        """The volets told apart."""
        return [int(self.volet)] if self.volet else [1, 2, 3, 4, 5]

    @property
    def filters(self) -> dict[str, str]:
        """The dimensions asked, as the list's address names them."""
        given = {"volet": self.volet, "classe": self.device, "region": self.region, "edition": self.edition}
        return {name: value for name, value in given.items() if value}


def _months(since: date, until: date) -> Iterator[date]:
    month = since
    while month <= until:
        yield month
        month = moved(month, 1)


def moved(month: date, count: int) -> date:
    """Return the first day of the month `count` months later."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def period(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """Return the first and last month asked: the last twelve by default, in order, sixty at most."""
    last = month_of(until or (max(since, month_of(today)) if since else today))
    first = month_of(since) if since else moved(last, 1 - USUAL_MONTHS)
    if first > last:
        first, last = last, first
    return max(first, moved(last, 1 - MOST_MONTHS)), last


def euros(cents: int) -> Decimal:
    """Return an amount kept in cents, in euros with two decimals."""
    return Decimal(cents).scaleb(-2)


@dataclass(frozen=True, slots=True)
class Line:
    """One sum: where, how many, how much."""

    day: date
    volet: int
    key: str
    value: int
    n: int
    amount: Decimal


class Sums:
    """The sums read, by measure."""

    def __init__(self, rows: Iterable[tuple[str, date, int, str, int, int, int]]) -> None:
        """Keep what is not nil; histograms are added up by month, by volet and whole, once for all their readers."""
        self._lines: dict[str, list[Line]] = defaultdict(list)
        self._bars: dict[Place, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for measure, day, volet, key, value, n, cents in rows:
            if measure in OF_DAYS:
                for place in ((measure, None, None), (measure, day, None), (measure, None, volet)):
                    self._bars[place][value] += n
            elif n or cents:
                self._lines[measure].append(Line(day, volet, key, value, n, euros(cents)))

    def lines(self, measure: Measure) -> list[Line]:
        """Return every sum of a measure."""
        return self._lines.get(measure, [])

    def n(self, measure: Measure, wanted: Callable[[Line], bool] = lambda _: True) -> int:
        """Return how many dossiers or answers a measure counts where `wanted` is true."""
        return sum(line.n for line in self.lines(measure) if wanted(line))

    def amount(self, measure: Measure, wanted: Callable[[Line], bool] = lambda _: True) -> Decimal:
        """Return how many euros HT a measure counts where `wanted` is true."""
        return sum((line.amount for line in self.lines(measure) if wanted(line)), ZERO)

    def keys(self, measure: Measure) -> dict[str, int]:
        """Return the keys of a measure with their numbers, the largest first."""
        found: dict[str, int] = defaultdict(int)
        for line in self.lines(measure):
            found[line.key] += line.n
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))

    def days(self, measure: Measure, *, month: date | None = None, volet: int | None = None) -> Days:
        """Return the histogram of a measure's days: of one month, of one volet, or of all."""
        return Days(self._bars.get((measure, month, volet), {}))


class Days:
    """Whole days of many dossiers, as a histogram: its quantiles are exact."""

    def __init__(self, bars: dict[int, int]) -> None:
        """Keep the bars in order."""
        self._bars = sorted(bars.items())
        self.n = sum(bars.values())

    def quantile(self, percent: int) -> int | None:
        """Return the least number of days that `percent` % of the dossiers did not exceed; None without any."""
        rank, seen = -(-self.n * percent // 100), 0
        for days, n in self._bars:
            seen += n
            if n and seen >= rank:
                return days
        return None

    @property
    def median(self) -> int | None:
        """Half of the dossiers took no more."""
        return self.quantile(50)

    @property
    def ninth(self) -> int | None:
        """Nine dossiers in ten took no more."""
        return self.quantile(90)


def read(asked: Asked) -> Sums:
    """Return every sum that the figures show."""
    cell = {name: value or EVERY for name, value in _dimensions(asked).items()}
    change = {name: value for name, value in _dimensions(asked).items() if value}
    place = Q(stage=Tally.Stage.CELL, **cell) | Q(stage=Tally.Stage.CHANGE, **change)
    volet = Q(volet=int(asked.volet)) if asked.volet else Q()
    when = (
        Q(measure__in=OF_A_MONTH, day__gte=asked.since, day__lte=asked.until)
        | Q(measure__in=STANDING)
        | Q(measure=Measure.DUE, day__lt=asked.today)
    )
    # A term counts as past whatever its day.
    on = Case(When(measure=Measure.DUE, then=Value(NO_DAY)), default=F("day"), output_field=DateField())
    found = Tally.objects.filter(place, when & volet).order_by().annotate(on=on)
    told = found.values_list("measure", "on", "volet", "key", "value")
    return Sums(told.annotate(total=Sum("n"), money=Sum("cents")))


def _dimensions(asked: Asked) -> dict[str, str]:
    return {"device": asked.device, "edition": asked.edition, "region": asked.region}


def committed() -> dict[str, Decimal]:
    """Return what all dossiers commit of each envelope, HT, by its key."""
    whole = Q(stage=Tally.Stage.CELL, device=EVERY, edition=EVERY, region=EVERY)
    found = Tally.objects.filter(whole | Q(stage=Tally.Stage.CHANGE), measure=Measure.COMMITTED)
    sums = found.order_by().values_list("key").annotate(money=Sum("cents"))
    return {key: euros(cents) for key, cents in sums}
