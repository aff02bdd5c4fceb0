"""What would change the rules about the expert: another expert, or a decision to wait for."""

from tariffs.engine.changes.proposals import Proposal, lines_of
from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case, Passi
from tariffs.engine.french import day


def accredited(case: Case, edition: Edition) -> list[Proposal]:
    """An expert who is accredited for the volet, or a derogation asked for where the edition lets it be judged."""
    expert = case.expert
    if expert is None:
        return []
    condition = f"l’expert était agréé pour le volet {case.volet}"
    path, volets = "expert.accredited_volets", (*expert.accredited_volets, case.volet)
    found = [Proposal(path, volets, condition, "choice")]
    if expert.derogation == "none":
        condition = "une dérogation était demandée pour cet expert"
        found.append(Proposal("expert.derogation", "requested", condition, "choice"))
    return found


def passi(case: Case, edition: Edition) -> list[Proposal]:
    """The day from which the certificate is valid, or one that is valid on the day."""
    if case.expert is None:
        return []
    certificate, on = case.expert.passi, case.on
    audits = edition.volet_items[case.volet]
    scopes = tuple(dict.fromkeys(line.item for line in lines_of(case) if line.item in audits))
    valid = Passi(on, on, scopes if certificate is None else certificate.scopes)
    another = f"le certificat PASSI de l’expert était valable le {day(on)}"
    if certificate is None:
        return [Proposal("expert.passi", valid, another, "choice")]
    found: list[Proposal] = []
    if certificate.valid_from > on:
        condition = f"la demande attendait le début du certificat : à partir du {day(certificate.valid_from)}"
        found.append(Proposal("on", certificate.valid_from, condition, "event"))
    if certificate.valid_until < on:
        condition = (
            f"le certificat PASSI était renouvelé, valable jusqu’au {day(on)} au moins "
            f"({day(certificate.valid_until)} aujourd’hui)"
        )
        found.append(Proposal("expert.passi.valid_until", on, condition, "event"))
    return [*found, Proposal("expert.passi", valid, another, "choice")]
