"""Which words of company A's data each role must never read, however an amount or a date is written."""

from __future__ import annotations

import re

from tests.access import world

_FIGURES = frozenset(world.FINANCIALS.values())
_FILES = frozenset(world.FILE_NAMES.values())
_EVERYTHING = (
    frozenset(world.IDENTITY.values())
    | _FIGURES
    | _FILES
    | {world.SHAREHOLDER, world.NOTE, world.COMPANY_MESSAGE, world.EXPERT_MESSAGE, world.QUOTE_LABEL}
    | {world.MINUTES, world.DRAFT_MINUTES}
)
_TAXES = world.FILE_NAMES[world.DossierDocument.Kind.REGULARITY]
_FOR_BPIFRANCE = world.FILE_NAMES[world.DossierDocument.Kind.BPIFRANCE_INVOICE]
_OF_COMPANY = frozenset({world.NOTE, world.EXPERT_MESSAGE, _FOR_BPIFRANCE})

FORBIDDEN: dict[str, frozenset[str]] = {
    "anonymous": _EVERYTHING - {world.IDENTITY["company"]},  # an invitation's link names the company
    "deactivated": _EVERYTHING - {world.IDENTITY["company"]},
    "other_company": _EVERYTHING - {world.IDENTITY["company"]},
    "other_expert": _EVERYTHING - {world.IDENTITY["company"]},
    "administrator": _EVERYTHING - {world.IDENTITY["company"]},
    "owner": _OF_COMPANY,
    "member": _OF_COMPANY,
    "chosen_expert": _FIGURES
    | {world.SHAREHOLDER, world.NOTE, world.COMPANY_MESSAGE, world.DRAFT_MINUTES, _TAXES},
    # Bpifrance reads minutes once both sides approved them.
    **dict.fromkeys(
        ("officer", "other_officer", "manager", "controller", "auditor"),
        frozenset({world.MINUTES, world.DRAFT_MINUTES}),
    ),
}
# The pages that name the company to whoever holds its invitation, or keeps the accounts.
NAMING = frozenset({"invitation_accept", "account_list", "account_edit", "delegation_list"})


def is_told(word: str, text: str) -> bool:
    """Tell whether a text holds a word as a page may write it: an amount with a dot, a comma, or without cents.

    An amount stands alone: the same digits amid a request's identifier or a token are no amount.
    """
    if not word.replace(".", "").isdigit():
        return word in text
    units, _, cents = word.partition(".")
    return re.search(rf"(?<![0-9A-Za-z]){units}([.,]{cents})?(?![0-9A-Za-z])", text) is not None


def leaks(role: str, name: str, text: str) -> list[str]:
    """Return the words that `role` should not have read on the page called `name`."""
    told = text.replace("\u202f", "").replace("\xa0", "").replace("&nbsp;", "")
    words = set(FORBIDDEN.get(role, frozenset()))
    outsider = role in {"anonymous", "deactivated", "other_company", "other_expert", "administrator"}
    if outsider and name not in NAMING:
        words.add(world.IDENTITY["company"])
    return sorted(word for word in words if is_told(word, told))
