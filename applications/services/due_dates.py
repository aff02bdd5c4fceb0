"""What falls due, day by day: running terms, opinions awaited, ends of what the experts must hold."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby

import holidays
from django.db.models import Exists, OuterRef, QuerySet

from applications.models import Deadline, Dossier, Mission, Opinion
from applications.services.worklist import covered_by, running_deadlines
from applications.workflow.policy import policy
from applications.workflow.states import ENDED
from experts.models import Accreditation, ExpertFirm, PassiCertificate
from portal.accounts.models import StaffRole, User
from portal.display import french_date

Kind = Deadline.Kind
OPINION, ACCREDITATION, CERTIFICATE = "opinion", "accreditation", "certificate"
KINDS = {
    **dict(Kind.choices),
    OPINION: "Avis extérieur",
    ACCREDITATION: "Fin d’un agrément",
    CERTIFICATE: "Fin d’une qualification PASSI",
}
EVERYONE = "tous"
PERIODS = {"7": "Sept jours", "30": "Trente jours", "90": "Quatre-vingt-dix jours"}
USUAL_PERIOD = "30"
# How many are read at most, late or to come: beyond, a filter is asked.
MOST = 300
# What an expert lost is recalled for so long; its dossiers stay in the list of those concerned.
LOST_FOR = timedelta(days=30)
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that falls due: whose act is awaited, and what happens without it.

    It is about a dossier or, for what an expert holds, about a firm. `next_on`: when the portal itself does
    the next thing about it.
    """

    on: date
    kind: str
    who: str
    sentence: str
    dossier: Dossier | None = None
    firm: ExpertFirm | None = None
    next_on: date | None = None

    @property
    def label(self) -> str:
        """Its kind, in French."""
        return KINDS[self.kind]


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose dossiers and which kind; nobody's and none is all of them."""

    user: User
    today: date
    officers: tuple[int, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """What falls due on one day: how far it is, and in `note` why nobody works."""

    on: date
    is_late: bool
    away: str
    note: str
    rows: list[Due]


def due_between(asked: Asked, first: date | None, last: date) -> list[Due]:
    """Return what falls due from a day (None: however long ago) to another, both included; MOST + 1 at most.

    Four queries at most, however many there are: each reads by its date.
    """
    found = [
        one
        for kinds, read in SOURCES
        if not asked.kind or asked.kind in kinds
        for one in read(asked, first, last)
    ]
    found.sort(key=lambda one: (one.on, list(KINDS).index(one.kind), str(one.dossier or one.firm)))
    return found[: MOST + 1]


def by_day(found: list[Due], today: date) -> list[Day]:
    """Return the same, day by day, the longest late first."""
    return [
        Day(on, on < today, _away((on - today).days), day_note(on), list(rows))
        for on, rows in groupby(found, key=lambda one: one.on)
    ]


def _away(days: int) -> str:
    if days == 0:
        return "aujourd’hui"
    count = f"{abs(days)}\N{NO-BREAK SPACE}jour{'s' if abs(days) > 1 else ''}"
    return f"dans {count}" if days > 0 else f"dépassée de {count}"


def officers_of(charge: str, user: User, today: date) -> tuple[int, ...]:
    """Return whose dossiers an address asks for; none is everybody's.

    An officer who asks nothing reads his own, and those of the absent for whom he stands in.
    """
    if charge == EVERYONE:
        return ()
    asked = int(charge) if charge.isdecimal() and len(charge) < 18 else None
    mine = user.pk if user.staff_role == StaffRole.OFFICER else None
    if asked is not None and asked != mine:
        return (asked,)
    return (mine, *covered_by(user, today)) if mine is not None else ()


def kind_of(text: str) -> str:
    """Return the kind that an address asks for; anything else asks for all."""
    return text if text in KINDS else ""


def day_note(on: date) -> str:
    """Return why nobody works on a day, or nothing: a date is never moved for it, only pointed out."""
    return _holidays(on.year).get(on) or ("week-end" if on.weekday() >= 5 else "")


@cache
def _holidays(year: int) -> Mapping[date, str]:
    return {on: str(name) for on, name in holidays.country_holidays("FR", years=year, language="fr").items()}


def month_of(text: str, today: date) -> date:
    """Return the first day of a month written 2026-11; this month for anything else."""
    year, _, month = text.partition("-")
    known = year.isdecimal() and month.isdecimal() and len(year) == 4 and len(month) == 2
    if known and FIRST_YEAR <= int(year) <= LAST_YEAR and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return today.replace(day=1)


def end_of_month(first: date) -> date:
    """Return the last day of the month that begins on `first`."""
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def window_of(query: Mapping[str, str], today: date) -> tuple[date | None, date]:
    """Return the days that an address asks for: a month, one day, or what is late and so many days to come."""
    if query.get("vue") == "mois":
        first = month_of(query.get("mois", ""), today)
        return first, end_of_month(first)
    if day := day_of(query.get("jour", "")):
        return day, day
    period = query.get("periode", "")
    return None, today + timedelta(days=int(period if period in PERIODS else USUAL_PERIOD))


def day_of(text: str) -> date | None:
    """Return a day written 2026-11-21, or None."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


# --- What is read ----------------------------------------------------------------------------------
def terms_of(asked: Asked, first: date | None, last: date) -> QuerySet[Deadline]:
    """Return the running terms between two days, both included; the first may be open."""
    found = running_deadlines(asked.user, officers=asked.officers, kind=asked.kind).filter(due_on__lte=last)
    return found if first is None else found.filter(due_on__gte=first)


def _terms(asked: Asked, first: date | None, last: date) -> Iterator[Due]:
    for one in terms_of(asked, first, last)[: MOST + 1]:
        who, sentence = TERMS[one.kind]
        after = french_date(one.due_on + timedelta(days=1))
        yield Due(
            one.due_on,
            one.kind,
            who,
            sentence.format(after=after, notice=policy().lapse_notice_days),
            dossier=one.dossier,
            next_on=one.next_on,
        )


def _opinions(asked: Asked, first: date | None, last: date) -> Iterator[Due]:
    found = Opinion.objects.awaited().filter(
        dossier__in=Dossier.objects.visible_to(asked.user), due_on__lte=last
    )
    found = found.exclude(dossier__state__in=sorted(ENDED))
    if first is not None:
        found = found.filter(due_on__gte=first)
    if asked.officers:
        found = found.filter(dossier__officer__in=asked.officers)
    shown = found.select_related("dossier__company", "dossier__officer").order_by("due_on", "pk")
    for one in shown[: MOST + 1]:
        sentence = (
            "Passé ce jour, son lien n’ouvre plus rien\u00a0: instruisez sans cet avis, ou redemandez-le."
        )
        yield Due(one.due_on, OPINION, one.name, sentence, dossier=one.dossier)


def _at_work(officers: Collection[int]) -> QuerySet[Mission, int]:
    """Return the firms at work on somebody's dossiers."""
    missions = Mission.objects.filter(is_current=True, dossier__officer__in=officers)
    return missions.exclude(dossier__state__in=sorted(ENDED)).values_list("firm", flat=True)


def _accreditations(asked: Asked, first: date | None, last: date) -> Iterator[Due]:
    found = Accreditation.objects.filter(
        status=Accreditation.Status.GRANTED,
        valid_until__gte=first or asked.today - LOST_FOR,
        valid_until__lte=last,
    )
    if asked.officers:
        found = found.filter(firm__in=_at_work(asked.officers))
    for one in found.select_related("firm").order_by("valid_until", "pk")[: MOST + 1]:
        assert one.valid_until is not None
        sentence = (
            f"Sans renouvellement, plus de nouvelle mission du volet {one.volet} ni d’accord sur un dossier de ce "
            "volet\u00a0; les prestations en cours se poursuivent."
        )
        yield Due(one.valid_until, ACCREDITATION, "le cabinet, puis Bpifrance", sentence, firm=one.firm)


def _certificates(asked: Asked, first: date | None, last: date) -> Iterator[Due]:
    following = PassiCertificate.objects.filter(
        firm=OuterRef("firm"), valid_until__gt=OuterRef("valid_until")
    )
    found = PassiCertificate.objects.filter(
        ~Exists(following), valid_until__gte=first or asked.today - LOST_FOR, valid_until__lte=last
    )
    if asked.officers:
        found = found.filter(firm__in=_at_work(asked.officers))
    for one in found.select_related("firm").order_by("valid_until", "pk")[: MOST + 1]:
        sentence = (
            "Sans qualification en cours, ni demande, ni contrat, ni audit du volet 5\u00a0: un audit daté hors "
            "validité n’est pas pris en charge."
        )
        yield Due(one.valid_until, CERTIFICATE, "le cabinet", sentence, firm=one.firm)


# Who must act about each kind of term, and what happens without it; nothing here moves a date.
TERMS: Mapping[str, tuple[str, str]] = {
    Kind.COMPLETION: (
        "l’entreprise",
        "Sans réponse, la demande est abandonnée le {after} et le volet redevient libre.",
    ),
    Kind.SIGNATURE: (
        "l’entreprise",
        "Sans signature, le dossier est caduc le {after} et le volet redevient libre.",
    ),
    Kind.TERM: (
        "l’expert",
        "Si la fin n’est pas déclarée, une mise en demeure part le {after}\u00a0; {notice} jours plus tard, le dossier "
        "est caduc.",
    ),
    Kind.LAPSE: (
        "l’expert",
        "Si la fin de la prestation n’est pas établie, le dossier est caduc le {after} et l’engagement est rendu.",
    ),
    Kind.REPORT: (
        "l’expert",
        "Un rapport en retard est relancé, puis signalé au responsable\u00a0; il ne rend jamais le dossier caduc.",
    ),
    Kind.RESTITUTION: (
        "l’entreprise",
        "Sans confirmation, le chargé d’affaires établit la restitution sur pièces.",
    ),
    Kind.CORRECTIONS: (
        "l’expert",
        "Sans correction, le dossier est signalé au responsable, qui peut refuser la clôture.",
    ),
}
SOURCES: tuple[tuple[Collection[str], Callable[[Asked, date | None, date], Iterator[Due]]], ...] = (
    (tuple(Kind.values), _terms),
    ((OPINION,), _opinions),
    ((ACCREDITATION,), _accreditations),
    ((CERTIFICATE,), _certificates),
)
