"""What would change the rules about the device: its class and its purpose are facts, nobody picks them."""

from tariffs.engine.changes.proposals import Proposal
from tariffs.engine.editions import Edition
from tariffs.engine.facts import DEVICE_CLASSES, Case
from tariffs.engine.rules.device import AUDIENCES, PURPOSES


def nearest_class(case: Case, devices: tuple[str, ...]) -> list[Proposal]:
    """The class of the same kind that is nearest to the device's among those of a list ("dm.IIa")."""
    kind, risk_class = case.device.kind, case.device.risk_class
    if kind is None or risk_class is None:
        return []
    classes = DEVICE_CLASSES[kind]
    here = classes.index(risk_class)
    taken = [each for each in classes if f"{kind}.{each}" in devices]
    if not taken:
        return []
    found = min(taken, key=lambda each: abs(classes.index(each) - here))
    condition = (
        f"le dispositif était de classe {found} ({risk_class} aujourd’hui) : "
        "la classe découle de sa destination, elle ne se choisit pas"
    )
    return [Proposal("device.risk_class", found, condition, "fact")]


def covered(case: Case, edition: Edition) -> list[Proposal]:
    """The nearest class that is covered."""
    return nearest_class(case, edition.by_name["device.covered"].params["devices"])


def solution_scope(case: Case, edition: Edition) -> list[Proposal]:
    """An audience and a purpose that are covered."""
    params, device = edition.by_name["device.solution_scope"].params, case.device
    found: list[Proposal] = []
    if device.audience is not None and device.audience not in params["audiences"]:
        audience = next((each for each in params["audiences"] if each == "both"), params["audiences"][0])
        condition = f"la solution s’adressait aussi aux usagers ({AUDIENCES[device.audience]} aujourd’hui)"
        found.append(Proposal("device.audience", audience, condition, "fact"))
    if device.purpose is not None and device.purpose not in params["purposes"]:
        purpose = params["purposes"][0]
        condition = (
            f"son objet était la santé, le bien-être ou l’autonomie ({PURPOSES[device.purpose]} aujourd’hui)"
        )
        found.append(Proposal("device.purpose", purpose, condition, "fact"))
    return found
