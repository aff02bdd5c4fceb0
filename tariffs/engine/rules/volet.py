"""Rules about the volet: does the edition offer it, and what it asks of the device and of the company."""

from tariffs.engine.editions import Edition, Rule
from tariffs.engine.facts import Case, Device
from tariffs.engine.findings import Finding, failed, missing, not_applicable, passed, review
from tariffs.engine.french import listing
from tariffs.engine.logic import all_of
from tariffs.engine.rules.device import device_label, unknown_device

TARGETS = {"lpp": "LPP", "latm": "LATM", "mon_espace_sante": "Mon espace santé"}
CE_MARKINGS = {
    "none": "aucun marquage CE",
    "in_progress": "dossier de marquage CE constitué",
    "obtained": "marquage CE obtenu",
}


def has_item(case: Case, item: str) -> bool:
    """Does the quote have a line of that item, whatever its amount? Without a quote there is none."""
    return case.quote is not None and any(line.item == item for line in case.quote.lines)


def other_volet(rule: Rule, case: Case) -> Finding:
    """The finding of a rule that does not concern this volet."""
    return not_applicable(rule, f"Cette règle ne concerne pas le volet {case.volet}.")


def exists(case: Case, edition: Edition) -> Finding:
    """The edition offers the volet."""
    rule = edition.by_name["volet.exists"]
    observed = f"volet {case.volet}"
    if edition.volets[case.volet].offered:
        return passed(rule, f"Le volet {case.volet} existe dans cette édition.", observed)
    return failed(
        rule,
        f"Le volet {case.volet} n’existe pas dans cette édition.",
        "Choisissez un volet de cette édition, ou une édition qui prévoit ce volet.",
        observed,
    )


def device_class(case: Case, edition: Edition) -> Finding:
    """The volet takes devices of this kind and class."""
    rule = edition.by_name["volet.device_class"]
    device = case.device
    if case.volet not in rule.params["volets"]:
        message = f"Le volet {case.volet} est ouvert à toutes les classes."
        return passed(rule, message, device_label(device), "toute nature et toute classe")
    if device.column is None:
        return unknown_device(rule, device)
    if device.column in rule.params["devices"]:
        return passed(rule, f"Le volet {case.volet} est ouvert à ce produit.", device_label(device))
    return failed(
        rule,
        f"Le volet {case.volet} n’est pas ouvert à ce produit.",
        "Choisissez un volet ouvert à ce produit.",
        device_label(device),
    )


def _targets(device: Device) -> str | None:
    """Digital functions and targets, as far as they are known."""
    parts = []
    if device.digital_functions is not None:
        parts.append("fonctions numériques" if device.digital_functions else "sans fonction numérique")
    if device.targets is not None:
        names = [TARGETS[target] for target in device.targets]
        parts.append(f"inscription visée : {listing(names)}" if names else "aucune inscription visée")
    return ", ".join(parts) or None


def _solution_target(rule: Rule, device: Device) -> Finding:
    """A digital solution aims at Mon espace santé, or a person judges."""
    observed = _targets(device)
    if device.targets is None:
        message = "Le référencement visé par la solution numérique n’est pas connu."
        return missing(rule, message, "Indiquez le référencement visé.", observed)
    if any(target in rule.params["solution_targets"] for target in device.targets):
        return passed(rule, "La solution numérique vise le référencement à Mon espace santé.", observed)
    return review(
        rule,
        "La solution numérique ne vise pas Mon espace santé : le chargé d’affaires examine sa situation.",
        "Indiquez le référencement à Mon espace santé s’il est visé, ou la régulation à respecter.",
        observed,
    )


def digital_target(case: Case, edition: Edition) -> Finding:
    """A device with digital functions aims at the LPP or the LATM; a digital solution at Mon espace santé."""
    rule = edition.by_name["volet.digital_target"]
    device = case.device
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    if device.kind is None:
        return unknown_device(rule, device)
    if device.kind == "digital_solution":
        return _solution_target(rule, device)
    targeted = None
    if device.targets is not None:
        targeted = any(target in rule.params["device_targets"] for target in device.targets)
    suited = all_of(device.digital_functions, targeted)
    observed = _targets(device)
    if suited:
        return passed(
            rule, "Le dispositif a des fonctions numériques et vise une inscription couverte.", observed
        )
    if suited is None:
        return missing(
            rule,
            "Les fonctions numériques du dispositif ou l’inscription visée ne sont pas connues.",
            "Dites si le dispositif a des fonctions numériques, et l’inscription visée (LPP ou LATM).",
            observed,
        )
    if device.digital_functions is False:
        message = "Le dispositif n’a pas de fonctions numériques."
        return failed(rule, message, "Ce volet demande un dispositif à fonctions numériques.", observed)
    message = "Le dispositif ne vise ni la LPP ni la LATM."
    return failed(rule, message, "Le dispositif doit viser une inscription à la LPP ou à la LATM.", observed)


def digital_or_connected(case: Case, edition: Edition) -> Finding:
    """The device is digital or connected."""
    rule = edition.by_name["volet.digital_or_connected"]
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    digital = case.device.digital_functions
    observed = _targets(case.device)
    if digital is None:
        message = "On ne sait pas si le dispositif est numérique ou connecté."
        return missing(rule, message, "Dites si le dispositif est numérique ou connecté.", observed)
    if digital:
        return passed(rule, "Le dispositif est numérique ou connecté.", observed)
    return failed(
        rule,
        f"Le volet {case.volet} est réservé aux dispositifs numériques ou connectés.",
        "Choisissez le volet 2, ouvert à tous les dispositifs.",
        observed,
    )


def ce_marking(case: Case, edition: Edition) -> Finding:
    """The device is CE-marked, or about to be."""
    rule = edition.by_name["volet.ce_marking"]
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    marking = case.device.ce_marking
    if marking is None:
        message = "L’état du marquage CE n’est pas connu."
        return missing(rule, message, "Indiquez l’état du marquage CE.")
    if marking in rule.params["accepted"]:
        return passed(rule, "Le dispositif est marqué CE, ou en passe de l’être.", CE_MARKINGS[marking])
    return failed(
        rule,
        "Le dispositif n’est ni marqué CE ni en passe de l’être.",
        "Constituez d’abord le dossier de marquage CE, par exemple avec le volet 2.",
        CE_MARKINGS[marking],
    )


def business_model(case: Case, edition: Edition) -> Finding:
    """Business model and market-access strategy are defined."""
    rule = edition.by_name["volet.business_model"]
    if case.volet not in rule.params["volets"]:
        return other_volet(rule, case)
    defined = case.declarations.business_model_defined
    remedy = "Définissez le modèle d’affaires et la stratégie d’accès au marché, puis déclarez-le."
    if defined is None:
        message = (
            "L’entreprise n’a pas encore dit si son modèle d’affaires et son accès au marché sont définis."
        )
        return missing(rule, message, remedy)
    if defined:
        return passed(rule, "Le modèle d’affaires et l’accès au marché sont définis.", "défini")
    return failed(
        rule, "Le modèle d’affaires et l’accès au marché ne sont pas définis.", remedy, "pas défini"
    )


def medical_committee(case: Case, edition: Edition) -> Finding:
    """A committee of medical experts helps to write a clinical protocol."""
    rule = edition.by_name["volet.medical_committee"]
    concerned = case.volet in rule.params["volets"] or (
        case.volet in rule.params["volets_with_item"] and has_item(case, rule.params["item"])
    )
    if not concerned:
        return not_applicable(rule, "Cette règle ne concerne que les protocoles d’investigation clinique.")
    committee = case.declarations.medical_committee
    remedy = "Réunissez un comité d’experts médicaux du domaine, puis déclarez-le."
    if committee is None:
        message = "L’entreprise n’a pas encore dit si elle dispose d’un comité d’experts médicaux."
        return missing(rule, message, remedy)
    if committee:
        return passed(rule, "L’entreprise dispose d’un comité d’experts médicaux.", "comité réuni")
    return failed(
        rule, "L’entreprise ne dispose pas d’un comité d’experts médicaux.", remedy, "pas de comité"
    )


def training_not_cumulated(case: Case, edition: Edition) -> Finding:
    """The training is not paid by the CPF or an OPCO as well."""
    rule = edition.by_name["volet.training_not_cumulated"]
    if not has_item(case, rule.params["item"]):
        return not_applicable(rule, "Le devis ne comprend pas de formation.")
    declared = case.declarations.training_not_cumulated
    if declared is None:
        message = "L’entreprise n’a pas encore déclaré que la formation n’a pas d’autre financement."
        return missing(rule, message, "Déclarez que ni le CPF ni un OPCO ne finance la formation.")
    if declared:
        return passed(
            rule, "La formation n’est pas cumulée avec le CPF ou un OPCO.", "sans autre financement"
        )
    return failed(
        rule,
        "La formation est aussi financée par le CPF ou un OPCO.",
        "Retirez la formation du devis, ou renoncez à l’autre financement.",
        "autre financement",
    )
