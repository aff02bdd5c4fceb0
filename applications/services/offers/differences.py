"""What changed from one version of an offer to the next, read from what was frozen in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from portal.display import days, euros, french_date

Json = Mapping[str, Any]
NOTHING = "(rien)"


class Difference(NamedTuple):
    """One thing that changed: what it is called, how it read before and how it reads now."""

    label: str
    before: str
    after: str


def differences(old: Json, new: Json) -> list[Difference]:
    """Return what differs between two frozen contents, in the order in which an offer is read; [] when nothing."""
    return [Difference(*one) for one in _compared(old, new) if one[1] != one[2]]


def _compared(old: Json, new: Json) -> Iterator[tuple[str, str, str]]:
    was, now = _lines(old), _lines(new)
    for label in dict.fromkeys([*was, *now]):
        yield label, was.get(label, NOTHING), now.get(label, NOTHING)
    for name, label in (
        ("total", "Total HT"),
        ("bpifrance_share", "Part de Bpifrance"),
        ("company_share", "Part de l’entreprise"),
    ):
        yield label, euros(old["money"][name]), euros(new["money"][name])
    yield "TVA", old["vat"]["words"], new["vat"]["words"]
    yield "Valable jusqu’au", french_date(old["valid_until"]), french_date(new["valid_until"])
    yield "Entretien de pré-qualification", french_date(old["interview_on"]), french_date(new["interview_on"])
    yield "Planning", _planning(old), _planning(new)
    yield "Méthode", old["method"], new["method"]
    yield from _articles("Propriété intellectuelle", old["ip"], new["ip"])
    yield from _articles("Confidentialité", old["confidentiality"], new["confidentiality"])
    yield "Conditions générales", _terms(old), _terms(new)


def _lines(told: Json) -> dict[str, str]:
    """Return how each line reads, by what it is called; lines of one name are told apart by their rank."""
    found: dict[str, str] = {}
    for line in told["lines"]:
        name = " – ".join(part for part in (line["item_label"], line["label"]) if part)
        rank, key = 2, name
        while key in found:
            key, rank = f"{name} ({rank})", rank + 1
        price = (
            f"{days(line['days'])} à {euros(line['daily_rate'])}, soit {euros(line['amount'])}"
            if line["pricing"] == "days"
            else f"forfait de {euros(line['amount'])}"
        )
        about = (
            line["consultant"],
            line["complexity"].lower() and f"complexité {line['complexity'].lower()}",
        )
        found[key] = ", ".join(part for part in (price, *about) if part)
    return found


def _planning(told: Json) -> str:
    return "\u00a0; ".join(f"{phase['label']}, {phase['end']}" for phase in told["planning"])


def _articles(clause: str, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    was, now = ({title: " ".join(told) for title, told in articles} for articles in (old, new))
    for title in dict.fromkeys([*was, *now]):
        yield f"{clause}\u00a0: {title.lower()}", was.get(title, NOTHING), now.get(title, NOTHING)


def _terms(told: Json) -> str:
    return f"{told['terms']['name']} (empreinte {told['terms']['sha256'][:12]}…)"
