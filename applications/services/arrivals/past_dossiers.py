"""Takes past dossiers into the portal: each line judged, then kept once, whatever happens to the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.db import IntegrityError, transaction

from applications.models import Company, Dossier, DossierImport, UsedVolet
from applications.services.arrivals.columns import WITHOUT, Fault, PastDossier, read_line
from applications.services.arrivals.spaces import open_unclaimed_company
from applications.services.arrivals.tables import Cells
from applications.services.filing_company import IDENTITY, find_registered
from applications.services.records import chain_of, check_desk, keep_used_volet
from portal.accounts.models import User
from portal.audit.services import append
from portal.clock import civil_date
from portal.display import euros, french_date

CHAIN = "dossier_imports"
MAX_FAULTS = 500
# What an import may add to a volet known already: never another value in place of one.
DETAILS = ("used_on", "amount", "paid_on", "reference", "device_name", "expert_name")
COLUMN_OF = {
    "edition": "edition",
    "used_on": "accorde_le",
    "amount": "montant_ht",
    "paid_on": "paye_le",
    "reference": "reference",
    "device_name": "dispositif",
    "expert_name": "expert",
}
Became = Literal["recorded", "completed", "unchanged", "left_out"]
Json = dict[str, Any]


@dataclass(slots=True)
class Report:
    """What the lines of a file became, or would become; `faults` stops at 500, `refused` counts every line."""

    lines: int = 0
    recorded: int = 0
    completed: int = 0
    unchanged: int = 0
    left_out: int = 0
    refused: int = 0
    companies: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How many lines write something."""
        return self.recorded + self.completed

    def as_json(self) -> Json:
        """Return the whole as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Json) -> Report:
        """Return the report that was kept; an empty one where none was."""
        return cls(**{**kept, "faults": [Fault(**one) for one in kept.get("faults", [])]})

    def blame(self, faults: Iterable[Fault]) -> None:
        """Count a line refused, and keep why while there is room."""
        self.refused += 1
        self.faults += list(faults)[: max(0, MAX_FAULTS - len(self.faults))]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a line becomes, with what is known of its company and its volet."""

    became: Became
    company: Company | None = None
    used: UsedVolet | None = None
    added: Json = field(default_factory=dict)


def try_out(rows: Iterable[tuple[int, Cells]], *, today: date) -> Report:
    """Return what an import would do; nothing is written."""
    return _walk(rows, today=today, source=None, now=None)


def take_in(
    rows: Iterable[tuple[int, Cells]], *, source: DossierImport, actor: User | None, now: datetime
) -> Report:
    """Keep every good line, each in its own transaction, and close `source` with the report.

    `actor` is None for the command run without an account. Interrupted, it is run again: what is there
    stays as it is. Raises NotYours outside officers and managers, TableRefused where the file breaks.
    """
    if actor is not None:
        check_desk(actor)
    report = _walk(rows, today=civil_date(now), source=source, now=now)
    with transaction.atomic():
        source.ended_at, source.counts = now, report.as_json()
        source.save(update_fields=["ended_at", "counts"])
        counts = {name: count for name, count in source.counts.items() if name != "faults"}
        append(
            chain=CHAIN,
            name="dossiers_imported",
            at=now,
            actor=actor,
            data={"import": source.pk, "sha256": source.sha256, **counts},
            names={"file": source.file_name, **({"actor": actor.full_name} if actor else {})},
        )
    return report


def _walk(
    rows: Iterable[tuple[int, Cells]], *, today: date, source: DossierImport | None, now: datetime | None
) -> Report:
    report = Report()
    seen: dict[tuple[str, str, int], int] = {}
    opened: set[tuple[str, str]] = set()
    for line, cells in rows:
        report.lines += 1
        past = read_line(line, cells, today=today)
        if isinstance(past, list):
            report.blame(past)
            continue
        first = seen.setdefault(past.key, line) if past.situation != WITHOUT else line
        if first != line:
            report.blame([_twice(line, past, first)])
            continue
        judged = _judge(line, past)
        if isinstance(judged, list):
            report.blame(judged)
            continue
        if source is not None and now is not None and judged.became in {"recorded", "completed"}:
            judged = _keep(line, past, source=source, now=now)
            if isinstance(judged, list):
                report.blame(judged)
                continue
        setattr(report, judged.became, getattr(report, judged.became) + 1)
        if judged.became == "recorded" and judged.company is None and past.key[:2] not in opened:
            opened.add(past.key[:2])
            report.companies += 1
    return report


def _twice(line: int, past: PastDossier, first: int) -> Fault:
    return Fault(
        line,
        "volet",
        str(past.volet),
        f"La ligne {first} porte déjà ce volet de cette entreprise.",
        "Une entreprise utilise un volet une seule fois\u00a0: gardez une des deux lignes.",
    )


# --- One line ------------------------------------------------------------------------------------
def _judge(line: int, past: PastDossier) -> _Judged | list[Fault]:
    """Say what a line becomes beside what is known; the faults where it contradicts it."""
    if past.situation == WITHOUT:
        return _Judged("left_out")
    company = find_registered(past.scheme, past.identifier)
    if company is None:
        return _Judged("recorded")
    used = UsedVolet.objects.filter(company=company, volet=past.volet).first()
    if used is None:
        held = _held_by_portal(line, past, company)
        return held or _Judged("recorded", company)
    other = [
        _contradicts(line, name, getattr(used, name), getattr(past, name))
        for name in ("edition", *DETAILS)
        if _differs(getattr(used, name), getattr(past, name))
    ]
    if other:
        return other
    added = {
        name: getattr(past, name)
        for name in DETAILS
        if getattr(past, name) not in (None, "") and getattr(used, name) in (None, "")
    }
    return _Judged("completed" if added else "unchanged", company, used, added)


def _differs(known: Any, brought: Any) -> bool:
    return known not in (None, "") and brought not in (None, "") and known != brought


def _contradicts(line: int, name: str, known: Any, brought: Any) -> Fault:
    return Fault(
        line,
        COLUMN_OF[name],
        _written(brought),
        f"Ce volet est déjà enregistré avec une autre valeur\u00a0: {_written(known)}.",
        "Un import complète, il ne remplace rien\u00a0: vérifiez laquelle est juste.",
    )


def _written(value: Any) -> str:
    if isinstance(value, date):
        return french_date(value)
    return euros(value) if not isinstance(value, str) else value


def _held_by_portal(line: int, past: PastDossier, company: Company) -> list[Fault]:
    """Return the fault of a volet that a request of the portal holds, live or used."""
    here = Dossier.objects.filter(company=company, volet=past.volet, submitted_at__isnull=False)
    held = here.live().order_by("pk").first() or here.using_volet().order_by("pk").first()
    if held is None:
        return []
    return [
        Fault(
            line,
            "volet",
            str(past.volet),
            f"Le dossier {held.number} du portail porte déjà ce volet.",
            "Retirez la ligne, ou traitez d’abord ce dossier.",
        )
    ]


def _keep(line: int, past: PastDossier, *, source: DossierImport, now: datetime) -> _Judged | list[Fault]:
    """Write one line, judged again under the company's lock; whoever wrote it meanwhile is respected."""
    try:
        with transaction.atomic():
            known = find_registered(past.scheme, past.identifier)
            company = known or _open(past, source=source, now=now)
            Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
            judged = _judge(line, past)
            if isinstance(judged, list):
                return judged
            if judged.became == "recorded":
                _record(past, company, source=source, now=now)
            elif judged.became == "completed" and judged.used is not None:
                _complete(judged.used, judged.added, source=source, now=now)
            return _Judged(judged.became, known, judged.used, judged.added)
    except IntegrityError:
        return [
            Fault(
                line,
                "identifiant",
                past.identifier,
                "Cette entreprise était enregistrée par quelqu’un d’autre au même moment.",
                "Importez de nouveau le fichier\u00a0: ce qui est pris le reste.",
            )
        ]


def _open(past: PastDossier, *, source: DossierImport, now: datetime) -> Company:
    """Open the space of the company of a line; its owner is invited when it comes."""
    return open_unclaimed_company(
        scheme=past.scheme,
        identifier=past.identifier,
        identity={name: getattr(past, name) for name in IDENTITY},
        event="company_imported",
        data={"import": source.pk},
        actor=source.brought_by,
        now=now,
    )


def _named(source: DossierImport) -> dict[str, str]:
    return {"actor": source.brought_by.full_name} if source.brought_by is not None else {}


def _record(past: PastDossier, company: Company, *, source: DossierImport, now: datetime) -> None:
    keep_used_volet(
        company=company,
        volet=past.volet,
        edition=past.edition,
        used_on=past.used_on,
        origin=past.origin or f"Import de {source.file_name}"[:200],
        actor=source.brought_by,
        now=now,
        imported_by=source,
        amount=past.amount,
        paid_on=past.paid_on,
        reference=past.reference,
        device_name=past.device_name,
        expert_name=past.expert_name,
    )


def _complete(used: UsedVolet, added: Json, *, source: DossierImport, now: datetime) -> None:
    for name, value in added.items():
        setattr(used, name, value)
    used.save(update_fields=list(added))
    append(
        chain=chain_of(used.company),
        name="used_volet_completed",
        at=now,
        actor=source.brought_by,
        data={"volet": used.volet, "import": source.pk, "fields": sorted(added)},
        names=_named(source),
    )
