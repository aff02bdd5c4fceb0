"""Rules about the expert: accreditation and PASSI certificate."""

from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case
from tariffs.engine.findings import EXPERT, Finding, failed, needed, not_applicable, passed, review
from tariffs.engine.french import day, listing
from tariffs.engine.rules.volet import other_volet

DEROGATIONS = {
    "none": "pas d’agrément ni de dérogation pour ce volet",
    "requested": "dérogation demandée",
    "granted": "dérogation accordée",
    "refused": "dérogation refusée",
}


def accredited(case: Case, edition: Edition) -> Finding:
    """The expert is accredited for the volet; the edition says what each state of a derogation is worth."""
    rule = edition.by_name["expert.accredited"]
    expert = case.expert
    if expert is None:
        return needed(rule, case, EXPERT)
    if case.volet in expert.accredited_volets:
        return passed(
            rule, f"L’expert est agréé pour le volet {case.volet}.", f"agréé pour le volet {case.volet}"
        )
    observed = DEROGATIONS[expert.derogation]
    outcome = rule.params[expert.derogation]
    if outcome == "pass":
        return passed(rule, "L’expert intervient par dérogation.", observed)
    if outcome == "review":
        return review(
            rule,
            "Bpifrance vérifie que l’expertise convient à ce diagnostic.",
            "Attendez la décision du chargé d’affaires, ou choisissez un expert agréé pour ce volet.",
            observed,
        )
    return failed(
        rule,
        f"L’expert n’est pas agréé pour le volet {case.volet}.",
        "Choisissez un expert agréé pour ce volet, ou demandez une dérogation.",
        observed,
    )


def passi(case: Case, edition: Edition) -> Finding:
    """The expert holds a PASSI certificate that is valid on the day; no derogation."""
    rule = edition.by_name["expert.passi"]
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    if case.expert is None:
        return needed(rule, case, EXPERT)
    certificate = case.expert.passi
    remedy = "Choisissez un expert dont le certificat PASSI est en cours de validité."
    if certificate is None:
        return failed(rule, "L’expert n’a pas de certificat PASSI.", remedy, "pas de certificat PASSI")
    observed = f"certificat PASSI valable du {day(certificate.valid_from)} au {day(certificate.valid_until)}"
    if certificate.valid_from <= case.on <= certificate.valid_until:
        return passed(rule, "Le certificat PASSI de l’expert est en cours de validité.", observed)
    return failed(rule, f"Le certificat PASSI n’est pas valable le {day(case.on)}.", remedy, observed)


def passi_scope(case: Case, edition: Edition) -> Finding:
    """The certificate's scopes comprise each audit of the quote."""
    rule = edition.by_name["expert.passi_scope"]
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    if case.expert is None or case.expert.passi is None:
        return not_applicable(rule, "Sans certificat PASSI, il n’y a pas de portées à comparer.")
    items = edition.volet_items[case.volet]
    lines = () if case.quote is None else case.quote.lines
    audits = list(dict.fromkeys(line.item for line in lines if line.item in items))
    if not audits:
        return not_applicable(rule, "Le devis ne comprend pas d’audit.")
    lacking = [edition.items[audit].label for audit in audits if audit not in case.expert.passi.scopes]
    if not lacking:
        return passed(
            rule,
            "Les portées du certificat PASSI comprennent tous les audits du devis.",
            "toutes les portées",
        )
    return review(
        rule,
        "Le certificat PASSI ne porte pas sur tous les audits du devis.",
        "Choisissez un expert dont le certificat porte sur ces audits, ou justifiez ce choix.",
        f"hors des portées : {listing(lacking)}",
    )
