"""The PASSI register: ANSSI's list read from its file, matched to the firms, kept beside their certificates."""

from experts.services.passi.importing import Report, bring, import_file, refused
from experts.services.passi.matching import (
    candidates,
    confirm_match,
    reject_match,
    reopen_match,
    sync_certificates,
)

__all__ = [
    "Report",
    "bring",
    "candidates",
    "confirm_match",
    "import_file",
    "refused",
    "reject_match",
    "reopen_match",
    "sync_certificates",
]
