"""Rules about the documents: which are asked for, and which are there and still fresh."""

from datetime import date

from tariffs.engine.editions import Edition, Rule
from tariffs.engine.facts import OBLIGATIONS, Case, Document
from tariffs.engine.findings import (
    DOCUMENTS,
    Finding,
    missing,
    needed,
    not_applicable,
    not_evaluated,
    passed,
    review,
)
from tariffs.engine.french import day, listing
from tariffs.engine.terms import add_months, as_day, months_later

OBLIGATION_LABELS = {"tax": "fiscale", "social": "sociale"}


def _excuse(documents: tuple[Document, ...], kind: str) -> str | None:
    """Why a kind can't be given, where someone says so."""
    for document in documents:
        if document.kind == kind and document.absent_because is not None:
            return document.absent_because
    return None


def _given(documents: tuple[Document, ...], kind: str) -> list[Document]:
    """The documents of a kind, excuses aside."""
    return [document for document in documents if document.kind == kind and document.absent_because is None]


def _excused(rule: Rule, reason: str) -> Finding:
    """The finding where the piece can't be given."""
    return review(
        rule,
        "La pièce n’est pas fournie : le chargé d’affaires examine la raison donnée.",
        "Joignez la pièce si vous pouvez l’obtenir.",
        f"raison donnée : {reason}",
    )


def _older_than(case: Case, years: int) -> bool | None:
    """Is the company older than so many years (the anniversary itself doesn't count)?"""
    created = case.company.created_on
    return None if created is None else months_later(created, 12 * years) < as_day(case.on)


def _too_young(rule: Rule) -> Finding:
    """The finding of a rule that asks nothing of a young company."""
    years = rule.params["older_than_years"]
    age = f"{years} an{'s' if years > 1 else ''}"
    return not_applicable(rule, f"L’entreprise n’a pas plus de {age} : cette pièce n’est pas demandée.")


def _unknown_age(rule: Rule, case: Case) -> Finding:
    """The finding of a rule whose age is unknown, even if the piece is there."""
    if case.documents is None and case.stage == "simulation":
        return not_evaluated(rule, DOCUMENTS.absent)
    return missing(
        rule,
        "La date de création de l’entreprise n’est pas connue : on ne sait pas si la pièce est demandée.",
        "Indiquez la date de création de l’entreprise.",
    )


def quote_joined(case: Case, edition: Edition) -> Finding:
    """The quote is joined."""
    rule = edition.by_name["documents.quote"]
    if case.documents is None:
        return needed(rule, case, DOCUMENTS)
    if _given(case.documents, "quote"):
        return passed(rule, "Le devis est joint.", "devis joint")
    reason = _excuse(case.documents, "quote")
    if reason is not None:
        return _excused(rule, reason)
    return missing(
        rule, "Le devis n’est pas joint.", "Joignez le devis non signé de l’expert.", "aucun devis"
    )


def _fresh(issued_on: date | None, on: date, months: int) -> bool:
    """Was it issued less than so many months ago?"""
    return issued_on is not None and months_later(issued_on, months) > as_day(on)


def stale_on(edition: Edition, kind: str, issued_on: date) -> date | None:
    """The first day on which a document of that kind is too old; None where the edition asks no freshness."""
    rule = edition.by_name.get(f"documents.{kind}")
    months = rule.params.get("fresh_months") if rule is not None else None
    return None if months is None else add_months(issued_on, months)


def _covers_all(certificates: list[Document]) -> bool:
    """Do the certificates together cover taxes and social contributions?"""
    covered: set[str] = set()
    for certificate in certificates:
        covered.update(certificate.covers)
    return len(covered) == len(OBLIGATIONS)


def _lacking(certificates: list[Document], fresh: list[Document], months: int) -> str:
    """What the certificates lack, in a sentence."""
    covered = {obligation for document in fresh for obligation in document.covers}
    faults: dict[tuple[str, str], list[str]] = {}
    for obligation in OBLIGATIONS:
        if obligation not in covered:
            fault = _fault([one for one in certificates if obligation in one.covers], months)
            faults.setdefault(fault, []).append(OBLIGATION_LABELS[obligation])
    parts = [
        f"l’attestation {names[0]}{one}" if len(names) == 1 else f"les attestations {listing(names)}{several}"
        for (one, several), names in faults.items()
    ]
    sentence = listing(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _fault(certificates: list[Document], months: int) -> tuple[str, str]:
    """What is wrong with the certificates of one obligation, said of one and of several."""
    dates = [document.issued_on for document in certificates if document.issued_on is not None]
    if dates:
        of = f" du {day(max(dates))}"
        return f"{of} a {months} mois ou plus", f"{of} ont {months} mois ou plus"
    if certificates:
        return " n’est pas datée", " ne sont pas datées"
    return " manque", " manquent"


def regularity_certificate(case: Case, edition: Edition) -> Finding:
    """Fresh certificates together cover taxes and social contributions."""
    rule = edition.by_name["documents.regularity_certificate"]
    old = _older_than(case, rule.params["older_than_years"])
    if old is False:
        return _too_young(rule)
    if old is None:
        return _unknown_age(rule, case)
    if case.documents is None:
        return needed(rule, case, DOCUMENTS)
    months = rule.params["fresh_months"]
    certificates = _given(case.documents, "regularity_certificate")
    fresh = [document for document in certificates if _fresh(document.issued_on, case.on, months)]
    if _covers_all(fresh):
        return passed(rule, "L’attestation de régularité est jointe et récente.", _dates(certificates))
    reason = _excuse(case.documents, "regularity_certificate")
    if reason is not None:
        return _excused(rule, reason)
    return missing(
        rule,
        _lacking(certificates, fresh, months),
        f"Joignez une attestation datée de moins de {months} mois, qui couvre le fiscal et le social.",
        _dates(certificates),
    )


def _dates(certificates: list[Document]) -> str:
    """The certificates that are joined, by their dates."""
    dates = [f"du {day(each.issued_on)}" if each.issued_on else "sans date" for each in certificates]
    return f"attestation {listing(dates)}" if dates else "aucune attestation"


def tax_return(case: Case, edition: Edition) -> Finding:
    """The tax return is joined."""
    rule = edition.by_name["documents.tax_return"]
    old = _older_than(case, rule.params["older_than_years"])
    if old is False:
        return _too_young(rule)
    if old is None:
        return _unknown_age(rule, case)
    if case.documents is None:
        return needed(rule, case, DOCUMENTS)
    if _given(case.documents, "tax_return"):
        return passed(rule, "La liasse fiscale est jointe.", "liasse jointe")
    reason = _excuse(case.documents, "tax_return")
    if reason is not None:
        return _excused(rule, reason)
    return missing(
        rule, "La liasse fiscale n’est pas jointe.", "Joignez la dernière liasse fiscale.", "aucune liasse"
    )
