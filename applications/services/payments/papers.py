"""Who may read the papers of a payment: certificate, deed of assignment, file for the bank."""

from __future__ import annotations

from django.db.models import Q

from applications.models import Mission, PaymentBatch
from applications.services.payments.assignments import DEED_KIND
from applications.services.payments.certificate import CERTIFICATE_KIND
from applications.services.payments.releasing import FILE_KIND, download_obstacles
from portal.accounts.models import StaffRole, User
from portal.documents.models import Document
from portal.documents.policy import ReadRight

KINDS = frozenset({CERTIFICATE_KIND, DEED_KIND, FILE_KIND})
PAYING = frozenset({StaffRole.CONTROLLER, StaffRole.MANAGER})


def right_to(user: User, document: Document) -> ReadRight:
    """Return the right to one of these papers, which neither the company nor the expert reads.

    The file of an approved batch is for who may pay, while nothing in it is held; each download is kept.
    """
    if document.kind != FILE_KIND:
        papers = Q(certificates__document=document) | Q(holds__document=document)
        seen = Mission.objects.visible_to(user).filter(papers)
        return ReadRight(allowed=bool(user.staff_role) and seen.exists())
    batch = PaymentBatch.objects.filter(document=document).first()
    if batch is None or user.staff_role not in PAYING or download_obstacles(batch):
        return ReadRight(allowed=False)
    return ReadRight(allowed=True, logged_chain=batch.chain)
