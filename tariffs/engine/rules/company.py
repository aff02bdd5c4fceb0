"""Rules about the company: size, registration, legal form, health, autonomy, and volets already used."""

from decimal import Decimal

from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case, Company, Shareholder
from tariffs.engine.findings import Finding, failed, missing, passed, review
from tariffs.engine.french import euros, listing, number
from tariffs.engine.logic import EXACT, all_of, any_of, below, sum_below
from tariffs.engine.terms import as_day, months_later

_TWO = Decimal(2)
_WHOLE = Decimal(1)


def is_pme(company: Company, edition: Edition) -> bool | None:
    """Is it a PME by its own figures?"""
    bounds = edition.pme
    return all_of(
        below(company.headcount, bounds.headcount_below),
        any_of(
            below(company.turnover, bounds.turnover_below),
            below(company.balance_sheet, bounds.balance_sheet_below),
        ),
    )


def is_startup(case: Case, edition: Edition) -> bool | None:
    """Is it a startup on the day of the evaluation?"""
    company, bounds = case.company, edition.startup
    created = company.created_on
    young = None
    if created is not None:
        young = months_later(created, 12 * bounds.age_below_years) > as_day(case.on)
    return all_of(
        young,
        below(company.turnover, bounds.turnover_below),
        below(company.headcount, bounds.headcount_below),
    )


def category_of(case: Case, edition: Edition) -> str | None:
    """ "startup", "pme" where that holds and startup is not proven, or None."""
    if is_startup(case, edition):
        return "startup"
    return "pme" if is_pme(case.company, edition) else None


def _people(value: Decimal | None) -> str:
    return "effectif inconnu" if value is None else f"effectif {number(value)}"


def _money(label: str, value: Decimal | None) -> str:
    return f"{label} inconnu" if value is None else f"{label} {euros(value)}"


def _size(company: Company) -> str:
    """The three figures of the size, as they are shown."""
    turnover = _money("chiffre d’affaires", company.turnover)
    balance_sheet = _money("total de bilan", company.balance_sheet)
    return f"{_people(company.headcount)}, {turnover}, {balance_sheet}"


def _unknown_size(company: Company) -> str:
    """The names of the figures that are not known."""
    names = []
    if company.headcount is None:
        names.append("l’effectif")
    if company.turnover is None:
        names.append("le chiffre d’affaires")
    if company.balance_sheet is None:
        names.append("le total de bilan")
    return listing(names)


def category(case: Case, edition: Edition) -> Finding:
    """The company is a PME, or a startup."""
    rule = edition.by_name["company.category"]
    company = case.company
    observed = _size(company)
    startup = is_startup(case, edition)
    qualifies = any_of(startup, is_pme(company, edition))
    if qualifies:
        message = "L’entreprise est une startup." if startup else "L’entreprise est une PME."
        return passed(rule, message, observed)
    if qualifies is False:
        return failed(
            rule,
            "L’entreprise dépasse les seuils d’une PME.",
            "Vérifiez l’effectif, le chiffre d’affaires et le bilan : le diagnostic s’adresse aux PME.",
            observed,
        )
    unknown = _unknown_size(company)
    return missing(
        rule,
        f"La taille de l’entreprise n’est pas encore connue : il manque {unknown}.",
        f"Indiquez {unknown}.",
        observed,
    )


def registered_in_france(case: Case, edition: Edition) -> Finding:
    """The company is registered in France, overseas included."""
    rule = edition.by_name["company.registered_in_france"]
    country = case.company.registered_in
    if country is None:
        return missing(
            rule, "Le pays d’immatriculation n’est pas connu.", "Indiquez le pays d’immatriculation."
        )
    if country in rule.params["countries"]:
        return passed(rule, "L’entreprise est immatriculée en France.", country)
    return failed(
        rule,
        "L’entreprise n’est pas immatriculée en France.",
        "Déposez la demande au nom d’une entreprise immatriculée en France ou dans les DROM-COM.",
        country,
    )


def legal_form(case: Case, edition: Edition) -> Finding:
    """The legal form is not excluded."""
    rule = edition.by_name["company.legal_form"]
    form = case.company.legal_form
    if form is None:
        return missing(
            rule, "La forme juridique n’est pas connue.", "Indiquez la catégorie juridique de l’INSEE."
        )
    observed = f"catégorie juridique {form}"
    if form.startswith(rule.params["refused"]):
        return failed(
            rule,
            "Les entreprises en nom personnel et les sociétés civiles sont exclues du dispositif.",
            "Déposez la demande au nom d’une société commerciale.",
            observed,
        )
    if form.startswith(rule.params["accepted"]):
        return passed(rule, "La forme juridique est admise.", observed)
    return review(
        rule,
        "Cette forme juridique est examinée par le chargé d’affaires.",
        "Précisez l’activité et le statut de l’organisme au chargé d’affaires.",
        observed,
    )


def _capital_lost(case: Case, min_age_years: int) -> bool | None:
    """Is the company old enough for the test, with an equity below half of its subscribed capital?"""
    company = case.company
    old = None
    if company.created_on is not None:
        old = months_later(company.created_on, 12 * min_age_years) <= as_day(case.on)
    equity, capital = company.equity, company.subscribed_capital
    lost = None
    if equity is not None and equity < 0:
        lost = True
    elif equity is not None and capital is not None:
        lost = equity * _TWO < capital
    return all_of(old, lost)


def _capital_unknown(company: Company) -> str:
    """What is not known of the age, the equity and the capital."""
    names = []
    if company.created_on is None:
        names.append("la date de création")
    if company.equity is None:
        names.append("les capitaux propres")
    if company.subscribed_capital is None:
        names.append("le capital souscrit, primes comprises")
    return listing(names)


def _capital(company: Company) -> str | None:
    """Equity and capital, as they are shown."""
    if company.equity is None and company.subscribed_capital is None:
        return None
    equity = "inconnus" if company.equity is None else euros(company.equity)
    capital = "inconnu" if company.subscribed_capital is None else euros(company.subscribed_capital)
    return f"capitaux propres {equity}, capital souscrit {capital}"


def not_in_difficulty(case: Case, edition: Edition) -> Finding:
    """The company is not in difficulty (Regulation (EU) 651/2014, art. 2(18))."""
    rule = edition.by_name["company.not_in_difficulty"]
    company = case.company
    observed = _capital(company)
    if company.in_difficulty:
        message = "L’entreprise se déclare en difficulté."
        return failed(rule, message, "Attendez que l’entreprise ne soit plus en difficulté.", observed)
    if company.insolvency_proceedings:
        message = "L’entreprise fait l’objet d’une procédure collective."
        return failed(rule, message, "Attendez la fin de la procédure collective.", observed)
    lost = _capital_lost(case, rule.params["min_age_years"])
    if lost:
        return failed(
            rule,
            "Les capitaux propres sont inférieurs à la moitié du capital souscrit.",
            "Reconstituez les capitaux propres, par exemple par une augmentation de capital.",
            observed,
        )
    if company.in_difficulty is None:
        message = "L’entreprise n’a pas encore déclaré si elle est en difficulté."
        return missing(rule, message, "Répondez à la question sur les entreprises en difficulté.", observed)
    if lost is None and case.stage == "submission":
        unknown = _capital_unknown(company)
        message = f"La perte de la moitié du capital ne peut pas être vérifiée : il manque {unknown}."
        return missing(rule, message, f"Indiquez {unknown}.", observed)
    return passed(rule, "L’entreprise n’est pas en difficulté.", observed)


def tax_and_social(case: Case, edition: Edition) -> Finding:
    """Taxes and social contributions are paid."""
    rule = edition.by_name["company.tax_and_social"]
    up_to_date = case.company.tax_and_social_up_to_date
    if up_to_date is None:
        return missing(
            rule,
            "La situation fiscale et sociale de l’entreprise n’est pas connue.",
            "Dites si l’entreprise est à jour de ses obligations fiscales et sociales.",
        )
    if up_to_date:
        return passed(rule, "L’entreprise est à jour de ses obligations fiscales et sociales.", "à jour")
    return failed(
        rule,
        "L’entreprise n’est pas à jour de ses obligations fiscales et sociales.",
        "Régularisez la situation, ou obtenez un échéancier, avant de déposer la demande.",
        "pas à jour",
    )


def volet_unused(case: Case, edition: Edition) -> Finding:
    """Each volet serves a company once."""
    rule = edition.by_name["company.volet_unused"]
    used = case.company.volets_used
    if not used:
        return passed(rule, "L’entreprise n’a pas encore bénéficié de ce volet.", "aucun volet utilisé")
    observed = f"volets utilisés : {listing([str(volet) for volet in sorted(set(used))])}"
    if case.volet in used:
        return failed(
            rule,
            f"L’entreprise a déjà bénéficié du volet {case.volet}.",
            "Choisissez un volet dont l’entreprise n’a pas encore bénéficié.",
            observed,
        )
    return passed(rule, "L’entreprise n’a pas encore bénéficié de ce volet.", observed)


def _partners(case: Case, edition: Edition) -> list[Shareholder]:
    """The enterprises whose share makes them partners or linked."""
    params = edition.by_name["company.autonomy"].params
    ordinary, exempt = params["partner_above"], params["exempt_above"]
    return [
        holder
        for holder in case.company.shareholders or ()
        if holder.kind == "enterprise" and holder.share > (exempt if holder.exempt_investor else ordinary)
    ]


def _sums_below(
    own: Decimal | None, others: list[Decimal | None], parts: list[Decimal], bound: Decimal
) -> bool | None:
    """Is the company's figure below the bound once these parts of the others' are added?"""
    products = [
        None if value is None else EXACT.multiply(value, part)
        for value, part in zip(others, parts, strict=True)
    ]
    return sum_below([own, *products], bound)


def _stays_pme(case: Case, edition: Edition, partners: list[Shareholder]) -> bool | None:
    """The bounds of a PME on the company's figures with the partners': pro rata of the share, or in full."""
    company, bounds = case.company, edition.pme
    full_above = edition.by_name["company.autonomy"].params["full_above"]
    parts = [EXACT.scaleb(holder.share, -2) if holder.share <= full_above else _WHOLE for holder in partners]
    headcounts = [holder.headcount for holder in partners]
    turnovers = [holder.turnover for holder in partners]
    small = _sums_below(company.headcount, headcounts, parts, bounds.headcount_below)
    if small is False:
        return False
    light = _sums_below(company.turnover, turnovers, parts, bounds.turnover_below)
    if light is not True:
        balance_sheets = [holder.balance_sheet for holder in partners]
        balanced = _sums_below(company.balance_sheet, balance_sheets, parts, bounds.balance_sheet_below)
        light = any_of(light, balanced)
    return all_of(small, light)


def autonomy(case: Case, edition: Edition) -> Finding:
    """No partner, or figures that stay those of a PME once the partners' are added."""
    rule = edition.by_name["company.autonomy"]
    if case.company.shareholders is None:
        return missing(
            rule, "La répartition du capital n’est pas connue.", "Indiquez les associés et leur part."
        )
    partners = _partners(case, edition)
    if not partners:
        return passed(
            rule, "Aucune entreprise partenaire ou liée ne détient l’entreprise.", "aucune partenaire ou liée"
        )
    shares = [f"{holder.name or 'entreprise'} {number(holder.share)} %" for holder in partners]
    observed = f"partenaires ou liées : {listing(shares)}"
    still_pme = _stays_pme(case, edition, partners)
    if still_pme:
        return passed(rule, "Avec ses partenaires, l’entreprise reste une PME.", observed)
    if still_pme is False:
        return failed(
            rule,
            "Avec les données de ses partenaires, l’entreprise dépasse les seuils d’une PME.",
            "L’entreprise doit être autonome, ou rester une PME avec les données de ses partenaires.",
            observed,
        )
    return missing(
        rule,
        "Les données à cumuler avec celles des partenaires ne sont pas toutes connues.",
        "Indiquez effectif, chiffre d’affaires et total de bilan de l’entreprise et de chaque partenaire.",
        observed,
    )
