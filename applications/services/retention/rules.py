"""The rules of retention as data: what, from which date, for how long, what then, and where it is said."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from portal.clock import PARIS
from tariffs.engine.terms import add_months

# A company is told so many days before its draft is erased.
TOLD_DAYS = 15
MONTHS_IN_A_YEAR = 12
DESIGN = "Décision du portail (RGPD, art. 5.1 e)"
AID_RULES = "Règlement (UE) nº\u00a0651/2014, art. 12\u00a0; code de commerce, art. L123-22"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, in the words of the pages that show it; `months` are counted from the date that `since` names."""

    code: str
    what: str
    since: str
    months: int
    then: str
    source: str

    @property
    def length(self) -> str:
        """The duration as one says it: whole years from two years on, months otherwise."""
        years, rest = divmod(self.months, MONTHS_IN_A_YEAR)
        return f"{years}\u00a0ans" if years > 1 and not rest else f"{self.months}\u00a0mois"


RULES = (
    Rule(
        "draft",
        "Un brouillon jamais déposé",
        "sa dernière modification",
        3,
        f"effacé, {TOLD_DAYS}\u00a0jours au moins après vous en avoir prévenu",
        DESIGN,
    ),
    Rule(
        "ended",
        "Une demande refusée, retirée, abandonnée, caduque ou annulée sans paiement",
        "sa fin",
        24,
        "effacée",
        DESIGN,
    ),
    Rule(
        "archive",
        "Une demande payée et close, ou dont un expert fut payé avant qu’elle prenne fin",
        "sa clôture ou sa fin",
        24,
        "archivée\u00a0: elle quitte les listes de travail et, chez Bpifrance, seuls les responsables, "
        "contrôleurs et auditeurs la lisent",
        DESIGN,
    ),
    Rule(
        "paid",
        "L’archive d’une demande payée",
        "le paiement, la clôture ou la fin",
        120,
        "effacée",
        AID_RULES,
    ),
    Rule(
        "aid",
        "Le registre des aides\u00a0: entreprise, montant, régime et dates",
        "la dernière aide versée",
        120,
        "effacé",
        AID_RULES,
    ),
    Rule(
        "request",
        "Une demande de devis qui n’est dans aucun dossier",
        "sa clôture, ou la date de réponse",
        24,
        "effacée avec les offres reçues",
        DESIGN,
    ),
    Rule(
        "account",
        "Un compte dont plus rien ne dépend",
        "la dernière connexion",
        24,
        "rendu anonyme",
        DESIGN,
    ),
    Rule(
        "log",
        "Le journal technique, les courriels envoyés, les notifications et les invitations",
        "leur date",
        12,
        "effacés",
        "Délibération CNIL nº\u00a02021-122 (journalisation)",
    ),
)


def rule(code: str) -> Rule:
    """Return the rule with this code; raises KeyError for an unknown one."""
    return {one.code: one for one in RULES}[code]


def months_of(code: str) -> int:
    """Return the months of a rule."""
    return rule(code).months


def last_start(code: str, today: date) -> date:
    """Return the latest date whose term under a rule is over on `today`.

    A term ends on the same day of the month so many months later, or on its last day where it has no such day.
    """
    start = add_months(today, -months_of(code))
    if today.day < monthrange(today.year, today.month)[1]:
        return start
    return start.replace(day=monthrange(start.year, start.month)[1])


def before(code: str, today: date) -> datetime:
    """Return the instant before which a term under a rule must have begun to be over on `today`."""
    return datetime.combine(last_start(code, today) + timedelta(days=1), time.min, tzinfo=PARIS)
