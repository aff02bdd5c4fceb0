"""What would change the rules about the volet: another volet first, then what the device or the company would need."""

from tariffs.engine.changes.device import nearest_class
from tariffs.engine.changes.proposals import Proposal, lines_of, other_volets, quoted
from tariffs.engine.editions import Edition
from tariffs.engine.facts import Case
from tariffs.engine.french import listing
from tariffs.engine.rules.volet import TARGETS


def exists(case: Case, edition: Edition) -> list[Proposal]:
    """A volet that the edition offers."""
    return other_volets(case, edition, "volet.exists")


def device_class(case: Case, edition: Edition) -> list[Proposal]:
    """A volet that takes this class, or the class that this volet takes."""
    devices = edition.by_name["volet.device_class"].params["devices"]
    return other_volets(case, edition, "volet.device_class") + nearest_class(case, devices)


def digital_target(case: Case, edition: Edition) -> list[Proposal]:
    """Digital functions, a registration aimed at, or a volet that asks for neither."""
    rule, device = edition.by_name["volet.digital_target"], case.device
    found: list[Proposal] = []
    if device.digital_functions is False:
        condition = "le dispositif avait des fonctions numériques"
        found.append(Proposal("device.digital_functions", True, condition, "fact"))
    wanted = rule.params["device_targets"]
    if device.targets is not None and not set(device.targets) & set(wanted):
        names = listing([f"à la {TARGETS[each]}" for each in wanted], "ou")
        condition = f"l’entreprise visait une inscription {names}"
        found.append(Proposal("device.targets", (*device.targets, wanted[0]), condition, "choice"))
    return found + other_volets(case, edition, rule.name)


def digital_or_connected(case: Case, edition: Edition) -> list[Proposal]:
    """A volet that is open to every device, or digital functions."""
    condition = "le dispositif était numérique ou connecté"
    return [
        *other_volets(case, edition, "volet.digital_or_connected"),
        Proposal("device.digital_functions", True, condition, "fact"),
    ]


def ce_marking(case: Case, edition: Edition) -> list[Proposal]:
    """The file of the CE marking constituted, or a volet that does not ask for it."""
    rule = edition.by_name["volet.ce_marking"]
    condition = "le dossier de marquage CE était constitué : la demande peut attendre ce jour-là"
    waiting = Proposal("device.ce_marking", rule.params["accepted"][0], condition, "event")
    return [waiting, *other_volets(case, edition, rule.name)]


def business_model(case: Case, edition: Edition) -> list[Proposal]:
    """The business model and the market access defined, or a volet that does not ask for them."""
    condition = "le modèle d’affaires et la stratégie d’accès au marché étaient définis"
    return [
        Proposal("declarations.business_model_defined", True, condition, "event"),
        *other_volets(case, edition, "volet.business_model"),
    ]


def without(case: Case, item: str, edition: Edition) -> list[Proposal]:
    """The quote without the lines of an item, where other lines are left."""
    kept = tuple(line for line in lines_of(case) if line.item != item)
    if not kept or len(kept) == len(lines_of(case)):
        return []
    condition = f"{quoted([edition.item_label(item)])} était retiré du devis"
    return [Proposal("quote.lines", kept, condition, "choice")]


def medical_committee(case: Case, edition: Edition) -> list[Proposal]:
    """A committee, or a quote without the clinical protocol where that is what asks for one."""
    params = edition.by_name["volet.medical_committee"].params
    condition = "un comité d’experts médicaux du domaine était réuni"
    found = [Proposal("declarations.medical_committee", True, condition, "event")]
    if case.volet not in params["volets"]:
        found += without(case, params["item"], edition)
    return found


def training_not_cumulated(case: Case, edition: Edition) -> list[Proposal]:
    """The other financing given up, or the training taken out of the quote."""
    item = edition.by_name["volet.training_not_cumulated"].params["item"]
    condition = "l’entreprise renonçait au financement de la formation par le CPF ou un OPCO"
    return [
        Proposal("declarations.training_not_cumulated", True, condition, "choice"),
        *without(case, item, edition),
    ]
