"""Rules about the device: is the product covered, and whom does a digital solution serve."""

from tariffs.engine.editions import Edition, Rule
from tariffs.engine.facts import Case, Device
from tariffs.engine.findings import Finding, failed, missing, not_applicable, passed
from tariffs.engine.french import listing
from tariffs.engine.logic import all_of

KINDS = {"dm": "DM", "dmdiv": "DMDIV", "digital_solution": "solution numérique"}
AUDIENCES = {"users": "usagers", "professionals": "professionnels", "both": "usagers et professionnels"}
PURPOSES = {
    "health": "santé",
    "wellbeing": "bien-être",
    "autonomy": "maintien de l’autonomie",
    "other": "autre objet",
}


def device_label(device: Device) -> str | None:
    """What the device is, in French, as far as it is known."""
    if device.kind is None:
        return None if device.risk_class is None else f"classe {device.risk_class}"
    label = KINDS[device.kind]
    return label if device.risk_class is None else f"{label} de classe {device.risk_class}"


def unknown_device(rule: Rule, device: Device) -> Finding:
    """The finding of a rule that reads a kind or a class which is not known."""
    if device.kind is None:
        return missing(
            rule,
            "La nature du produit n’est pas connue.",
            "Dites s’il s’agit d’un DM, d’un DMDIV ou d’une solution numérique.",
            device_label(device),
        )
    return missing(
        rule,
        "La classe de risque du dispositif n’est pas connue.",
        "Indiquez la classe de risque du dispositif.",
        device_label(device),
    )


def covered(case: Case, edition: Edition) -> Finding:
    """The scheme covers devices of this kind and class."""
    rule = edition.by_name["device.covered"]
    column = case.device.column
    if column is None:
        return unknown_device(rule, case.device)
    if column in rule.params["devices"]:
        return passed(rule, "Ce produit est couvert par le diagnostic.", device_label(case.device))
    return failed(
        rule,
        "Ce produit n’est pas couvert par le diagnostic.",
        "Choisissez un produit couvert, ou vérifiez sa nature et sa classe.",
        device_label(case.device),
    )


def _scope(device: Device) -> str | None:
    """Audience and purpose, as far as they are known."""
    parts = []
    if device.audience is not None:
        parts.append(f"public : {AUDIENCES[device.audience]}")
    if device.purpose is not None:
        parts.append(f"objet : {PURPOSES[device.purpose]}")
    return ", ".join(parts) or None


def solution_scope(case: Case, edition: Edition) -> Finding:
    """A digital solution serves users, for their health, wellbeing or autonomy."""
    rule = edition.by_name["device.solution_scope"]
    device = case.device
    if device.kind is None:
        return unknown_device(rule, device)
    if device.kind != "digital_solution":
        return not_applicable(rule, "Cette règle ne concerne que les solutions numériques.")
    audience, purpose = device.audience, device.purpose
    served = all_of(
        None if audience is None else audience in rule.params["audiences"],
        None if purpose is None else purpose in rule.params["purposes"],
    )
    observed = _scope(device)
    if served:
        return passed(rule, "La solution numérique s’adresse au bon public, pour un objet couvert.", observed)
    if served is False:
        return failed(
            rule,
            "La solution numérique ne s’adresse pas aux usagers, ou son objet n’est pas couvert.",
            "La solution doit servir aux usagers, pour la santé, le bien-être ou le maintien de l’autonomie.",
            observed,
        )
    names = [name for name, value in (("le public", audience), ("l’objet", purpose)) if value is None]
    unknown = listing(names)
    return missing(
        rule,
        f"Il manque {unknown} de la solution numérique.",
        f"Indiquez {unknown} de la solution.",
        observed,
    )
