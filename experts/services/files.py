"""Who may read the files of the pool: the papers of the firms, and the lists of ANSSI that were brought."""

from __future__ import annotations

from experts.models import FirmPaper
from portal.accounts.models import Membership, StaffRole, User
from portal.documents.models import Document
from portal.documents.policy import ReadRight

Kind = FirmPaper.Kind
DOCUMENT_KINDS = {
    Kind.CV: "expert_cv",
    Kind.INSURANCE: "expert_insurance",
    Kind.TAX: "expert_tax_certificate",
}
LIST_KIND = "passi_list"
KINDS = frozenset({*DOCUMENT_KINDS.values(), LIST_KIND})
READERS = frozenset({StaffRole.OFFICER, StaffRole.MANAGER, StaffRole.AUDITOR})


def right_to(user: User, document: Document) -> ReadRight:
    """Let officers, managers and auditors read every file of the pool, a firm's members its own papers."""
    if user.staff_role:
        return ReadRight(allowed=user.serves_as(*READERS))
    if document.kind == LIST_KIND:
        return ReadRight(allowed=False)
    mine = Membership.objects.active().filter(user=user, organisation=document.organisation_id)
    return ReadRight(allowed=mine.exists())
