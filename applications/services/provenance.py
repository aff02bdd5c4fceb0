"""Where the facts of a dossier come from: who entered them, and what the directory or a document says beside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from applications.models import Dossier, DossierDocument
from applications.models.company import DIRECTORY_FIELDS
from applications.steps import BY_SLUG

Entered = dict[str, list[str]] | None

# Facts of the request that the directory tells too, under the same names.
ALSO_IN_DIRECTORY = ("legal_form", "created_on")


@dataclass(frozen=True, slots=True)
class Source:
    """One fact told twice: as declared, and by the directory (`piece` None) or by a document."""

    name: str
    declared: Any
    told: Any
    piece: DossierDocument | None = None

    @property
    def differs(self) -> bool:
        """True where both say something and not the same."""
        if self.declared in (None, "") or self.told in (None, ""):
            return False
        return _plain(self.declared) != _plain(self.told)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else " ".join(str(value).casefold().split())


def sources(dossier: Dossier, pieces: Iterable[DossierDocument]) -> list[Source]:
    """Return the facts told twice, those that differ first; nothing is asked of the database."""
    found = [*_of_directory(dossier), *_of_pieces(pieces)]
    return sorted(found, key=lambda one: not one.differs)


def _of_directory(dossier: Dossier) -> Iterator[Source]:
    company = dossier.company
    record = company.directory_record or {}
    for name in DIRECTORY_FIELDS:
        if record.get(name):
            yield Source(name, getattr(company, name), record[name])
    for name in ALSO_IN_DIRECTORY:
        if record.get(name):
            yield Source(name, dossier.company_facts.get(name), record[name])


def _of_pieces(pieces: Iterable[DossierDocument]) -> Iterator[Source]:
    """A date read in a file is a proposal of the portal, never a fact: a person compares."""
    for piece in pieces:
        document = piece.document
        if document is None or piece.replaced_at is not None:
            continue
        if document.date_read is not None:
            yield Source("issued_on", piece.issued_on, document.date_read, piece)
        if piece.kind == DossierDocument.Kind.QUOTE and document.is_signed:
            yield Source("signed", "Non signé", "Une signature électronique", piece)


# --- Who entered what ----------------------------------------------------------------------------
def entered_after(entered: Entered, step: str, changed: Collection[str], *, by_bpifrance: bool) -> Entered:
    """Return which answers are as Bpifrance entered them, once `changed` were written in a step.

    An answer that the company writes again is its own. None stays None: the company wrote its request itself.
    """
    if entered is None:
        return None
    known = set(entered.get(step) or ())
    left = known | set(changed) if by_bpifrance else known - set(changed)
    return {name: answers for name, answers in {**entered, step: sorted(left)}.items() if answers}


def note_entered(dossier: Dossier, *, step: str, changed: Collection[str], by_bpifrance: bool) -> None:
    """Keep who wrote the answers of a step last, under the dossier's lock; nothing is asked where all is known."""
    after = entered_after(dossier.entered, step, changed, by_bpifrance=by_bpifrance)
    if after != dossier.entered:
        Dossier.objects.filter(pk=dossier.pk).update(entered=after)
        dossier.entered = after


def entered_labels(dossier: Dossier) -> dict[str, list[str]]:
    """Return, by step in their order, what the answers that Bpifrance entered are called."""
    entered = dossier.entered or {}
    return {
        slug: [label for name, label in step.targets.items() if name in entered[slug]]
        for slug, step in BY_SLUG.items()
        if slug in entered
    }
