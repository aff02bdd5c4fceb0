"""What would change the rules about the company; none of it is advice to say what is not so."""

from decimal import ROUND_CEILING, Decimal

from tariffs.engine.changes.edits import with_fact
from tariffs.engine.changes.proposals import (
    Proposal,
    below_cent,
    below_whole,
    holds,
    nearest,
    other_volets,
)
from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case
from tariffs.engine.french import euros, number
from tariffs.engine.values import CENT

# A SAS, shown where the edition admits it: the form that most young companies have.
SAS = "5710"
_HUNDRED = Decimal(100)
_PEOPLE = "l’effectif était de {} au plus ({} → {})"
_EUROS = "{} était inférieur à {} ({} aujourd’hui)"
_TURNOVER, _BALANCE_SHEET = "le chiffre d’affaires", "le total de bilan"


def category(case: Case, edition: Edition) -> list[Proposal]:
    """The figures under the bounds of a PME, the relatively nearest first."""
    company, bounds = case.company, edition.pme
    found: list[tuple[Decimal, Proposal]] = []
    if company.headcount is not None and company.headcount >= bounds.headcount_below:
        most = below_whole(bounds.headcount_below)
        condition = _PEOPLE.format(_people(most), number(company.headcount), number(most))
        found.append((most / company.headcount, Proposal("company.headcount", most, condition, "fact")))
    figures = (
        ("turnover", _TURNOVER, bounds.turnover_below),
        ("balance_sheet", _BALANCE_SHEET, bounds.balance_sheet_below),
    )
    for field, label, bound in figures:
        value = getattr(company, field)
        if value is not None and value >= bound:
            condition = _EUROS.format(label, euros(bound), euros(value))
            found.append((bound / value, Proposal(f"company.{field}", below_cent(bound), condition, "fact")))
    return [proposal for _, proposal in sorted(found, key=lambda each: -each[0])]


def _people(most: Decimal) -> str:
    return f"{number(most)} personne{'s' if most > 1 else ''}"


def registered_in_france(case: Case, edition: Edition) -> list[Proposal]:
    """The first country of the edition's list."""
    countries = edition.by_name["company.registered_in_france"].params["countries"]
    condition = "la demande venait d’une entreprise immatriculée en France ou dans les DROM-COM"
    return [Proposal("company.registered_in", countries[0], condition, "fact")]


def legal_form(case: Case, edition: Edition) -> list[Proposal]:
    """A form that the edition admits."""
    accepted = edition.by_name["company.legal_form"].params["accepted"]
    form = SAS if SAS.startswith(accepted) else accepted[0].ljust(4, "0")
    condition = "la demande venait d’une société commerciale, par exemple une SAS ou une SARL"
    return [Proposal("company.legal_form", form, condition, "fact")]


def not_in_difficulty(case: Case, edition: Edition) -> list[Proposal]:
    """The end of what makes the difficulty: it has to happen, nobody can declare it away."""
    company = case.company
    found: list[Proposal] = []
    if company.in_difficulty:
        condition = "l’entreprise n’était plus en difficulté, ce qui dépend de son redressement"
        found.append(Proposal("company.in_difficulty", False, condition, "event"))
    if company.insolvency_proceedings:
        condition = "la procédure collective était close, ce qui dépend du jugement de clôture"
        found.append(Proposal("company.insolvency_proceedings", False, condition, "event"))
    half = (company.subscribed_capital or Decimal(0)) / 2
    least = half.quantize(CENT, ROUND_CEILING)
    if company.equity is not None and company.equity < least:
        condition = (
            f"les capitaux propres étaient reconstitués à {euros(least)} au moins "
            f"({euros(company.equity)} → {euros(least)})"
        )
        found.append(Proposal("company.equity", least, condition, "event"))
    return found


def tax_and_social(case: Case, edition: Edition) -> list[Proposal]:
    """The debts paid, or spread with the administration's agreement."""
    condition = "la situation était régularisée, ou un échéancier de paiement obtenu"
    return [Proposal("company.tax_and_social_up_to_date", True, condition, "event")]


def autonomy(case: Case, edition: Edition) -> list[Proposal]:
    """A smaller share of a partner, an exempt investor, or smaller figures of the company itself."""
    params = edition.by_name["company.autonomy"].params
    found: list[Proposal] = []
    for place, holder in enumerate(case.company.shareholders or ()):
        threshold = params["exempt_above" if holder.exempt_investor else "partner_above"]
        if holder.kind != "enterprise" or holder.share <= threshold:
            continue
        path, who = f"company.shareholders[{place}]", holder.name or f"l’actionnaire {place + 1}"
        most = _largest_share(case, edition, f"{path}.share", threshold, holder.share)
        condition = f"{who} détenait {number(most)} % au plus ({number(holder.share)} % → {number(most)} %)"
        found.append(Proposal(f"{path}.share", most, condition, "fact"))
        if not holder.exempt_investor:
            condition = (
                f"{who} était un fonds de capital-risque, une université ou un investisseur institutionnel, "
                f"qui ne compte qu’au-delà de {number(params['exempt_above'])} %"
            )
            found.append(Proposal(f"{path}.exempt_investor", True, condition, "fact"))
    return found + _own_figures(case, edition)


def _flips_autonomy(case: Case, edition: Edition, path: str, value: Decimal) -> bool:
    return holds(with_fact(case, path, value), edition, "company.autonomy")


def _largest_share(case: Case, edition: Edition, path: str, threshold: Decimal, share: Decimal) -> Decimal:
    """The largest share in hundredths of a percent with which the rule passes; else the threshold itself."""
    scaled = int((share * _HUNDRED).to_integral_value(ROUND_CEILING))
    found = nearest(
        lambda value: _flips_autonomy(case, edition, path, Decimal(value) / _HUNDRED),
        int(threshold * _HUNDRED),
        scaled,
    )
    return threshold if found is None else (Decimal(found) / _HUNDRED).normalize() + Decimal(0)


def _own_figures(case: Case, edition: Edition) -> list[Proposal]:
    """The company's own figures, as large as the partners' leave room for."""
    company = case.company
    found: list[Proposal] = []
    for field, label, step in (
        ("headcount", "", Decimal(1)),
        ("turnover", _TURNOVER, CENT),
        ("balance_sheet", _BALANCE_SHEET, CENT),
    ):
        path, value = f"company.{field}", getattr(company, field)
        if value is None:
            continue
        room = _room(case, edition, path, value, step)
        if room is None:
            continue
        most = room * step
        if label:
            condition = f"{label} était de {euros(most)} au plus ({euros(value)} → {euros(most)})"
        else:
            condition = _PEOPLE.format(_people(most), number(value), number(most))
        found.append(Proposal(path, most, condition, "fact"))
    return found


def _room(case: Case, edition: Edition, path: str, value: Decimal, step: Decimal) -> int | None:
    """How many steps the figure may count with the partners' added; None where even zero is too much."""
    return nearest(
        lambda count: _flips_autonomy(case, edition, path, count * step),
        0,
        int((value / step).to_integral_value(ROUND_CEILING)),
    )


def volet_unused(case: Case, edition: Edition) -> list[Proposal]:
    """A volet that the company has not used."""
    return other_volets(case, edition, "company.volet_unused")
