"""Puts an invoice beside what the contract expects of it, line by line; pure, nothing is read nor written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from applications.services.closure_checks import (
    BPIFRANCE_ADDRESS,
    BPIFRANCE_NAME,
    is_bpifrance_address,
    vat_fault,
)
from experts.models import VatRegime, siren_in_vat
from portal.display import euros, number, short_date, siren

NOT_SAID = "—"
ONE_CENT = "Refaites la facture\u00a0: un centime d’écart est refusé."
EARLY = "Le paiement sera suspendu jusqu’à la décision d’un responsable\u00a0: corrigez la date si elle est fausse."
EARLY_WORK = (
    "La prestation ne commence pas avant le contrat\u00a0: corrigez la date si elle est fausse, "
    "sinon prévenez votre chargé d’affaires."
)
OTHER_ACCOUNT = (
    "Bpifrance paie le compte enregistré pour votre cabinet\u00a0; "
    "changez-le dans «\u00a0Mon cabinet\u00a0» s’il n’est plus le bon."
)
OTHER_BUYER = (
    f"Refaites la facture\u00a0: ses données doivent nommer {BPIFRANCE_ADDRESS}, comme ce que vous confirmez."
)
# What is an invoice or a credit note in France, by the codes of UNTDID 1001 (EN 16931, BT-3).
INVOICES = frozenset(
    {"380", "381", "384", "386", "389", "393", "396", "261", "262", "471", "472", "473"}
    | {"500", "501", "502", "503"}
)
NO_INVOICE = "Un document pro forma ou un relevé ne se paie pas\u00a0: déposez la facture."
NO_MENTION = "Si la facture ne porte pas la mention et sa date, ajoutez-les, puis déposez-la de nouveau."
OTHER_SIREN = (
    "Un numéro de TVA français contient le SIREN de qui facture\u00a0: corrigez la facture, "
    "ou dites à votre chargé d’affaires que ce numéro est celui de votre groupe de TVA."
)
TO_EXPLAIN = "Corrigez la facture, ou expliquez l’écart à votre chargé d’affaires."


class Verdict(StrEnum):
    """What a comparison found: to mend stands in the way, to review does not."""

    GOOD = "good"
    MEND = "mend"
    REVIEW = "review"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the comparison: what was expected, what was read, and what to do where they differ."""

    code: str
    label: str
    expected: str
    read: str
    verdict: Verdict
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What an invoice says, read in the file or typed by the expert; None and "" are « not said »."""

    number: str = ""
    issued_on: date | None = None
    ht: Decimal | None = None
    vat_rate: Decimal | None = None
    vat: Decimal | None = None
    ttc: Decimal | None = None
    acquitted_on: date | None = None
    addressed_to: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """What only the data of an electronic invoice say; `account` is a keyed fingerprint of the IBAN."""

    kind: str = ""
    siren: str = ""
    vat_number: str = ""
    buyer: str = ""
    buyer_address: str = ""
    buyer_siren: str = ""
    iban: str = ""
    account: str = ""
    currency: str = ""
    delivered_on: date | None = None
    acquitted: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What the contract, the firm and the settlement expect of one invoice; amounts in euros HT."""

    for_bpifrance: bool
    ht: Decimal
    regime: str
    siren: str = ""
    vat_number: str = ""
    iban: str = ""
    account: str = ""
    company: str = ""
    company_siren: str = ""
    # The contract's signature; None where the edition lets work begin before it.
    signed_on: date | None = None
    seen_in: tuple[str, ...] = ()


# --- From what was read ----------------------------------------------------------------------------
def amount_of(text: Any) -> Decimal | None:
    """Return an amount as written; None where it is none."""
    try:
        amount = Decimal(str(text))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def day_of(text: Any) -> date | None:
    """Return an ISO date; None where it is none."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def said_of(facts: Mapping[str, Any]) -> Said:
    """Return what the data of a file say of the invoice, several rates being none."""
    if not facts.get("number"):
        return Said(acquitted_on=day_of(facts.get("acquitted_on")))
    rates = {amount_of(one["rate"]) for one in facts["rates"]}
    buyer = facts["buyer"]
    return Said(
        number=" ".join(str(facts["number"]).split()),
        issued_on=day_of(facts["issued_on"]),
        ht=amount_of(facts["ht"]),
        vat_rate=rates.pop() if len(rates) == 1 else None,
        vat=amount_of(facts["vat"]),
        ttc=amount_of(facts["ttc"]),
        acquitted_on=day_of(facts.get("acquitted_on")),
        addressed_to=", ".join(part for part in (buyer["name"], buyer["address"]) if part),
    )


def data_of(facts: Mapping[str, Any]) -> Data | None:
    """Return what only the data say; None for a file without data."""
    if not facts.get("number"):
        return None
    paid, total = amount_of(facts["paid"]), amount_of(facts["ttc"])
    return Data(
        kind=facts.get("type", ""),
        siren=facts["seller"]["siren"],
        vat_number=facts["seller"]["vat_number"],
        buyer=facts["buyer"]["name"],
        buyer_address=facts["buyer"]["address"],
        buyer_siren=facts["buyer"]["siren"],
        iban=facts["iban"],
        account=facts["account"],
        currency=facts["currency"],
        delivered_on=day_of(facts["delivered_on"]),
        acquitted=bool(facts.get("acquitted")) or (paid is not None and paid == total),
    )


# --- Beside the contract ---------------------------------------------------------------------------
def compare(
    said: Said, expected: Expected, data: Data | None = None, *, acquitted: bool | None = None
) -> list[Check]:
    """Return every line of the comparison, in the order in which an invoice is read.

    `acquitted` tells of a file without data whether its pages bear the mention; None where nobody read them.
    """
    checks = [_number(said, expected), _date(said, expected)]
    if data is not None:
        checks += [*_kind(data), *_seller(data, expected), *_dates_of_data(data, expected)]
    checks += [_addressee(said, expected, data), _share(said, expected), _vat(said, expected), _total(said)]
    if data is not None:
        checks += [_currency(data), _account(data, expected)]
    if not expected.for_bpifrance:
        checks.append(_acquittal(said, acquitted if data is None else data.acquitted))
    return checks


def _number(said: Said, expected: Expected) -> Check:
    wanted = "Un numéro jamais utilisé par votre cabinet"
    if not said.number:
        return Check("number", "Numéro", wanted, NOT_SAID, Verdict.UNSAID)
    if expected.seen_in:
        read = f"{said.number}, déjà utilisé dans {', '.join(expected.seen_in)}"
        return Check("number", "Numéro", wanted, read, Verdict.REVIEW, "Chaque facture a son propre numéro.")
    return Check("number", "Numéro", wanted, said.number, Verdict.GOOD)


def _date(said: Said, expected: Expected) -> Check:
    return _not_before("issued_on", "Date", said.issued_on, expected.signed_on, EARLY)


def _dates_of_data(data: Data, expected: Expected) -> Iterator[Check]:
    if data.delivered_on is not None:
        yield _not_before(
            "delivered_on", "Date de la prestation", data.delivered_on, expected.signed_on, EARLY_WORK
        )


def _not_before(code: str, label: str, day: date | None, signed_on: date | None, remedy: str) -> Check:
    wanted = f"À partir du {short_date(signed_on)}, signature du contrat" if signed_on else NOT_SAID
    if day is None:
        return Check(code, label, wanted, NOT_SAID, Verdict.UNSAID)
    early = signed_on is not None and day < signed_on
    verdict = Verdict.REVIEW if early else Verdict.GOOD
    return Check(code, label, wanted, short_date(day), verdict, remedy if early else "")


def _kind(data: Data) -> Iterator[Check]:
    """Give what is no invoice, a pro forma (325) for instance; nothing of what is one."""
    if data.kind and data.kind not in INVOICES:
        read = f"Document de type {data.kind}"
        yield Check("kind", "Nature", "Une facture ou un avoir", read, Verdict.MEND, NO_INVOICE)


def _seller(data: Data, expected: Expected) -> Iterator[Check]:
    if expected.siren or data.siren:
        yield _same("siren", "SIREN de l’émetteur", expected.siren, data.siren)
    label, wanted, read = "Numéro de TVA", expected.vat_number, data.vat_number
    named = siren_in_vat(read)
    if named and expected.siren and named != expected.siren:
        # Whatever is on file: a number built on another SIREN is a group's, or somebody else's.
        told = f"{read}, du SIREN {siren(named)}"
        yield Check("vat_number", label, f"FR•• {siren(expected.siren)}", told, Verdict.REVIEW, OTHER_SIREN)
    elif wanted or read:
        yield _same("vat_number", label, wanted, read)


def _same(code: str, label: str, wanted: str, read: str) -> Check:
    """Compare two identifiers; what one of them lacks can't be compared."""
    good, known = wanted == read, wanted and read
    if code == "siren":
        wanted, read = siren(wanted), siren(read)
    if not known:
        return Check(code, label, wanted or NOT_SAID, read or NOT_SAID, Verdict.UNSAID)
    return Check(
        code, label, wanted, read, Verdict.GOOD if good else Verdict.REVIEW, "" if good else TO_EXPLAIN
    )


def _addressee(said: Said, expected: Expected, data: Data | None) -> Check:
    label = "Destinataire"
    if expected.for_bpifrance:
        if not said.addressed_to:
            return Check("addressed_to", label, BPIFRANCE_ADDRESS, NOT_SAID, Verdict.UNSAID)
        if not is_bpifrance_address(said.addressed_to):
            remedy = f"La facture doit être adressée à {BPIFRANCE_ADDRESS}."
            return Check("addressed_to", label, BPIFRANCE_ADDRESS, said.addressed_to, Verdict.MEND, remedy)
        if data is not None and not _bills_bpifrance(data):
            read = f"le fichier dit {', '.join(part for part in (data.buyer, data.buyer_address) if part)}"
            return Check("buyer", label, BPIFRANCE_ADDRESS, read, Verdict.MEND, OTHER_BUYER)
        return Check("addressed_to", label, BPIFRANCE_ADDRESS, said.addressed_to, Verdict.GOOD)
    wanted = f"{expected.company}{f', SIREN {expected.company_siren}' if expected.company_siren else ''}"
    if data is None or not data.buyer:
        return Check("addressed_to", label, wanted, NOT_SAID, Verdict.UNSAID)
    read = f"{data.buyer}{f', SIREN {data.buyer_siren}' if data.buyer_siren else ''}"
    if data.buyer_siren and expected.company_siren:
        good = data.buyer_siren == expected.company_siren
    else:
        good = _plain(data.buyer) == _plain(expected.company)
    remedy = "" if good else TO_EXPLAIN
    return Check("addressed_to", label, wanted, read, Verdict.GOOD if good else Verdict.REVIEW, remedy)


def _bills_bpifrance(data: Data) -> bool:
    """Tell whether the data name Bpifrance at its address; a smaller profile says the name alone, or nothing."""
    if not data.buyer_address:
        return not data.buyer or bool(BPIFRANCE_NAME.search(data.buyer))
    return is_bpifrance_address(f"{data.buyer}, {data.buyer_address}")


def _plain(name: str) -> str:
    """Return a name without case, accents nor punctuation."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^a-z0-9]+", " ", "".join(c for c in bare if not unicodedata.combining(c))).strip()


def _share(said: Said, expected: Expected) -> Check:
    label, wanted = "Montant HT", euros(expected.ht)
    if said.ht is None:
        return Check("ht", label, wanted, NOT_SAID, Verdict.UNSAID)
    if said.ht == expected.ht:
        return Check("ht", label, wanted, euros(said.ht), Verdict.GOOD)
    read = f"{euros(said.ht)}, soit {euros(said.ht - expected.ht)} d’écart"
    if expected.for_bpifrance:
        return Check("ht", label, wanted, read, Verdict.MEND, ONE_CENT)
    remedy = "Acomptes, solde et avoirs s’ajoutent\u00a0: leur somme est la quote-part, au centime."
    return Check("ht", label, wanted, read, Verdict.REVIEW, remedy)


def _vat(said: Said, expected: Expected) -> Check:
    label, wanted = "TVA", VatRegime(expected.regime).label
    if said.ht is None or said.vat_rate is None or said.vat is None:
        return Check("vat", label, wanted, NOT_SAID, Verdict.UNSAID)
    read = f"{number(said.vat_rate)} %, soit {euros(said.vat)}"
    fault = vat_fault(expected.regime, ht=said.ht, rate=said.vat_rate, vat=said.vat)
    if fault is None:
        return Check("vat", label, wanted, read, Verdict.GOOD)
    _code, sentence, remedy = fault
    return Check("vat", label, wanted, read, Verdict.MEND, f"{sentence} {remedy}")


def _total(said: Said) -> Check:
    label = "Montant TTC"
    if said.ht is None or said.vat is None or said.ttc is None:
        return Check("ttc", label, NOT_SAID, NOT_SAID, Verdict.UNSAID)
    wanted = said.ht + said.vat
    good = said.ttc == wanted
    remedy = "" if good else "Le TTC est la somme du HT et de la TVA."
    return Check("ttc", label, euros(wanted), euros(said.ttc), Verdict.GOOD if good else Verdict.MEND, remedy)


def _currency(data: Data) -> Check:
    good = data.currency == "EUR"
    remedy = "" if good else "Les factures sont en euros."
    return Check(
        "currency",
        "Monnaie",
        "EUR",
        data.currency or NOT_SAID,
        Verdict.GOOD if good else Verdict.MEND,
        remedy,
    )


def _account(data: Data, expected: Expected) -> Check:
    label = "IBAN"
    if not data.account or not expected.account:
        return Check("iban", label, expected.iban or NOT_SAID, data.iban or NOT_SAID, Verdict.UNSAID)
    good = data.account == expected.account
    remedy = "" if good else OTHER_ACCOUNT
    verdict = Verdict.GOOD if good else Verdict.REVIEW
    return Check("iban", label, expected.iban, data.iban, verdict, remedy)


def _acquittal(said: Said, acquitted: bool | None) -> Check:
    label, wanted = "Acquittée", "La mention «\u00a0acquittée\u00a0» et sa date"
    if said.acquitted_on is not None:
        if acquitted is False:
            read = f"le {short_date(said.acquitted_on)}, sans mention lue sur la facture"
            return Check("acquitted_on", label, wanted, read, Verdict.REVIEW, NO_MENTION)
        return Check("acquitted_on", label, wanted, f"le {short_date(said.acquitted_on)}", Verdict.GOOD)
    return Check(
        "acquitted_on",
        label,
        wanted,
        NOT_SAID,
        Verdict.MEND,
        "Indiquez la date à laquelle l’entreprise a payé.",
    )
