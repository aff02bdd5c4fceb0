"""The columns of a file of past dossiers: what each means, how it is read, what is wrong with a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from applications.services.filing_company import read_identifier
from applications.workflow.refusals import Refused
from portal.display import french_date
from tariffs import catalogue

SCHEMES = {"siren": "siren", "ridet": "ridet", "tahiti": "tahiti", "autre": "other"}
USED, GRANTED, PAID, WITHOUT = "utilise", "accorde", "paye", "sans_suite"
SITUATIONS = {
    USED: "le volet a servi, sans plus de détail",
    GRANTED: "aide accordée, pas encore payée",
    PAID: "aide payée",
    WITHOUT: "demande rejetée ou abandonnée\u00a0: la ligne est laissée de côté, le volet reste libre",
}
_FRENCH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PLAIN_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Unreadable(Exception):
    """What a cell holds is not what its column asks; `remedy` says what to write."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line: the line of the file, the column, what was found and what to do."""

    line: int
    column: str
    found: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the file, its meaning, its format, an example, and how a cell is read."""

    name: str
    meaning: str
    form: str
    example: str
    read: Callable[[str], Any]
    required: bool = False


@dataclass(frozen=True, slots=True)
class PastDossier:
    """One line that was read; `amount` is Bpifrance's share in euros HT, `used_on` the day of the grant."""

    scheme: str
    identifier: str
    name: str
    address: str
    postcode: str
    city: str
    region: str
    volet: int
    edition: str
    situation: str
    used_on: date | None
    amount: Decimal | None
    paid_on: date | None
    reference: str
    device_name: str
    expert_name: str
    origin: str

    @property
    def key(self) -> tuple[str, str, int]:
        """What makes it the same dossier as another: a company uses a volet once."""
        return self.scheme, self.identifier, self.volet


# --- How a cell is read --------------------------------------------------------------------------
def _text(longest: int) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if len(cell) > longest:
            raise Unreadable(
                f"Ce texte dépasse {longest} caractères.", f"Abrégez-le à {longest} caractères au plus."
            )
        if _CONTROL.search(cell):
            raise Unreadable("Ce texte contient des caractères de commande.", "Saisissez-le de nouveau.")
        return cell

    return read


def _scheme(cell: str) -> str:
    found = SCHEMES.get(cell.casefold() or "siren")
    if found is None:
        raise Unreadable("Ce registre est inconnu.", f"Écrivez {', '.join(SCHEMES)}, ou laissez vide.")
    return found


def _volet(cell: str) -> int:
    digits = cell.casefold().removeprefix("volet").strip()
    if digits not in {"1", "2", "3", "4", "5"}:
        raise Unreadable("Le volet va de 1 à 5.", "Écrivez un seul chiffre\u00a0; une ligne par volet.")
    return int(digits)


def _edition(cell: str) -> str:
    code = cell.casefold().removeprefix("édition").strip()
    known = sorted(catalogue.editions().by_code)
    if code not in known:
        raise Unreadable("Cette édition n’existe pas.", f"Écrivez {' ou '.join(known)}.")
    return code


def _situation(cell: str) -> str:
    plain = cell.casefold().replace("é", "e").replace(" ", "_").replace("-", "_")
    if plain not in SITUATIONS:
        raise Unreadable("Cette situation est inconnue.", f"Écrivez {', '.join(SITUATIONS)}.")
    return plain


def _day(cell: str) -> date | None:
    if not cell:
        return None
    french = _FRENCH_DATE.fullmatch(cell)
    iso = f"{french[3]}-{french[2]:0>2}-{french[1]:0>2}" if french else cell
    if _ISO_DATE.fullmatch(iso):
        try:
            return date.fromisoformat(iso)
        except ValueError:
            pass
    raise Unreadable(
        "Cette date n’existe pas.", "Écrivez-la AAAA-MM-JJ ou JJ/MM/AAAA, par exemple 31/08/2024."
    )


def _amount(cell: str) -> Decimal | None:
    """Read « 12 000,50 », « 12 000,50 € », « 12.000,50 » or 12000.50; None where nothing is written."""
    text = re.sub(r"[\s\u00a0\u202f€]", "", cell)
    if not text:
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    if not _PLAIN_AMOUNT.fullmatch(text) or Decimal(text) == 0:
        raise Unreadable(
            "Ce n’est pas un montant positif en euros, à deux décimales au plus.",
            "Écrivez la quote-part de Bpifrance hors taxes, par exemple 12\u00a0000,50 ou 12000.50.",
        )
    return Decimal(text).quantize(Decimal("0.01"))


COLUMNS: tuple[Column, ...] = (
    Column(
        "registre", "Registre de l’identifiant", "siren (si vide), ridet, tahiti ou autre", "siren", _scheme
    ),
    Column(
        "identifiant",
        "Numéro de l’entreprise dans son registre",
        "SIREN (9 chiffres) ou SIRET (14)\u00a0: la clé est vérifiée",
        "552 100 554",
        _text(40),
        required=True,
    ),
    Column(
        "raison_sociale", "Nom de l’entreprise", "200 caractères", "Cardiolog SAS", _text(200), required=True
    ),
    Column("adresse", "Numéro et voie", "250 caractères", "12 rue des Lilas", _text(250)),
    Column("code_postal", "Code postal", "10 caractères", "69003", _text(10)),
    Column("ville", "Commune", "100 caractères", "Lyon", _text(100)),
    Column("region", "Région", "60 caractères", "Auvergne-Rhône-Alpes", _text(60)),
    Column("reference", "Numéro du dossier dans l’ancien outil", "60 caractères", "DM-2023-017", _text(60)),
    Column(
        "edition",
        "Cahier des charges appliqué",
        "code d’une édition publiée",
        "2023",
        _edition,
        required=True,
    ),
    Column("volet", "Volet du dossier", "1 à 5, une ligne par volet", "2", _volet, required=True),
    Column(
        "situation", "Ce que le dossier est devenu", ", ".join(SITUATIONS), "paye", _situation, required=True
    ),
    Column(
        "accorde_le",
        "Jour de l’octroi de l’aide",
        "AAAA-MM-JJ ou JJ/MM/AAAA\u00a0; obligatoire si accorde ou paye",
        "17/05/2023",
        _day,
    ),
    Column(
        "montant_ht",
        "Quote-part de Bpifrance, euros hors taxes",
        "12\u00a0000,50 ou 12000.50\u00a0; obligatoire si accorde ou paye",
        "12\u00a0000,50",
        _amount,
    ),
    Column("paye_le", "Jour du paiement", "comme accorde_le\u00a0; obligatoire si paye", "2023-11-30", _day),
    Column("dispositif", "Nom du dispositif", "200 caractères", "Cardiolog Patch", _text(200)),
    Column("expert", "Cabinet qui a fait la prestation", "200 caractères", "RegulaMed", _text(200)),
    Column(
        "origine", "D’où vient la ligne", "200 caractères\u00a0; à défaut, le nom du fichier", "", _text(200)
    ),
)
BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)


# --- A line --------------------------------------------------------------------------------------
def read_line(line: int, cells: Mapping[str, str], *, today: date) -> PastDossier | list[Fault]:
    """Return the past dossier of one line, or everything that is wrong with it."""
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column in COLUMNS:
        cell = cells.get(column.name, "").strip()
        try:
            values[column.name] = _cell(column, cell)
        except Unreadable as problem:
            faults.append(Fault(line, column.name, cell[:60], problem.message, problem.remedy))
    if {"registre", "identifiant"} <= values.keys():
        faults += _identify(line, values)
    return faults or _contradictions(line, values, today) or _dossier(values)


def _cell(column: Column, cell: str) -> Any:
    if column.required and not cell:
        raise Unreadable("Cette case est vide.", f"Elle est obligatoire\u00a0: {column.form}.")
    return column.read(cell)


def _identify(line: int, values: dict[str, Any]) -> list[Fault]:
    """Put the identifier as it is kept in place of the one written; return why it can't be."""
    written = values["identifiant"]
    try:
        values["identifiant"] = read_identifier(values["registre"], written)
    except Refused as refusal:
        return [Fault(line, "identifiant", written, one.message, one.remedy) for one in refusal.obstacles]
    return []


def _contradictions(line: int, values: dict[str, Any], today: date) -> list[Fault]:
    """Return what the cells say against each other."""
    situation = values["situation"]
    faults = [
        Fault(
            line,
            name,
            "",
            f"Un dossier «\u00a0{situation}\u00a0» a cette information.",
            f"Écrivez-la\u00a0: {BY_NAME[name].form}.",
        )
        for name in _asked(situation)
        if values[name] is None
    ]
    said = [*_wrong_days(values), *_days_to_come(values, today)]
    return faults + [Fault(line, name, french_date(values[name]), why, remedy) for name, why, remedy in said]


def _wrong_days(values: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give (column, why, remedy) of the days that go against the situation, the edition or each other."""
    granted, paid, edition = values["accorde_le"], values["paye_le"], values["edition"]
    if values["situation"] != PAID and paid is not None:
        yield (
            "paye_le",
            "Seul un dossier «\u00a0paye\u00a0» a un jour de paiement.",
            "Corrigez la situation, ou videz cette case.",
        )
    start = catalogue.get_edition(edition).in_force_from
    if granted is not None and granted < start:
        yield (
            "accorde_le",
            f"L’édition {edition} n’était pas encore en vigueur.",
            f"Elle l’est depuis le {french_date(start)}\u00a0: vérifiez la date et l’édition.",
        )
    if granted is not None and paid is not None and paid < granted:
        yield "paye_le", "Le paiement précède l’octroi.", "Vérifiez les deux dates."


def _days_to_come(values: dict[str, Any], today: date) -> Iterator[tuple[str, str, str]]:
    for name in ("accorde_le", "paye_le"):
        if values[name] is not None and values[name] > today:
            yield name, "Cette date est à venir.", "Un dossier passé l’est\u00a0: vérifiez l’année."


def _asked(situation: str) -> tuple[str, ...]:
    granted = ("accorde_le", "montant_ht")
    return {GRANTED: granted, PAID: (*granted, "paye_le")}.get(situation, ())


def _dossier(values: Mapping[str, Any]) -> PastDossier:
    return PastDossier(
        scheme=values["registre"],
        identifier=values["identifiant"],
        name=values["raison_sociale"],
        address=values["adresse"],
        postcode=values["code_postal"],
        city=values["ville"],
        region=values["region"],
        volet=values["volet"],
        edition=values["edition"],
        situation=values["situation"],
        used_on=values["accorde_le"],
        amount=values["montant_ht"],
        paid_on=values["paye_le"],
        reference=values["reference"],
        device_name=values["dispositif"],
        expert_name=values["expert"],
        origin=values["origine"],
    )
