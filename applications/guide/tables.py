"""The ceilings of a volet by class of device, classes with the same ceilings in one row."""

from dataclasses import dataclass
from decimal import Decimal

from tariffs import ratetables
from tariffs.engine.editions import Edition


@dataclass(frozen=True, slots=True)
class ClassRow:
    """Devices that share their ceilings: one ceiling for each item of the volet, their sum, Bpifrance's most."""

    devices: list[str]
    ceilings: list[tuple[str, Decimal]]
    total: Decimal
    most_paid: Decimal


def class_rows(edition: Edition, volet: int) -> list[ClassRow]:
    """The rows of a volet, in the order of the devices; a device without ceilings has none."""
    shared: dict[tuple[tuple[str, Decimal], ...], list[str]] = {}
    for device in edition.devices:
        ceilings = edition.ceilings(volet, device.code)
        if ceilings:
            key = tuple((edition.item_label(item), amount) for item, amount in ceilings.items())
            shared.setdefault(key, []).append(device.label)
    rows = []
    for shared_ceilings, devices in shared.items():
        total = sum((amount for _, amount in shared_ceilings), Decimal(0))
        rows.append(ClassRow(devices, list(shared_ceilings), total, ratetables.share_of(edition, total)))
    return rows
