"""Sets of dossiers: whose eyes see which, and which count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from applications.models.company import BPIFRANCE_READERS
from applications.workflow.states import LIVE, USED, State
from portal.accounts.models import Membership

if TYPE_CHECKING:
    from applications.models.dossier import Dossier  # noqa: F401 named in quotes below

# Who enters a request for a company that wrote.
WRITERS_FOR_COMPANIES = frozenset({"officer", "manager"})
# Who still reads a closed dossier once it left the working lists.
ARCHIVE_READERS = BPIFRANCE_READERS - {"officer"}


def filed_for(role: str, path: str = "") -> Q:
    """Return the condition that one of Bpifrance's readers opens the dossier to which `path` leads.

    It was filed and is not erased; the archive is for those who answer for the money, not for the desk.
    """
    filed = Q(**{f"{path}submitted_at__isnull": False, f"{path}erased_on__isnull": True})
    return filed if role in ARCHIVE_READERS else filed & Q(**{f"{path}archived_on__isnull": True})


class DossierQuerySet(models.QuerySet["Dossier"]):
    """Sets of dossiers with a meaning."""

    def visible_to(self, user: Any) -> DossierQuerySet:
        """Return the dossiers `user` may open; a draft is the company's alone until it is submitted."""
        if user.staff_role:
            return (
                self.filter(filed_for(user.staff_role))
                if user.staff_role in BPIFRANCE_READERS
                else self.none()
            )
        organisations = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(
            Q(company__organisation__in=organisations)
            | Q(
                pk__in=self.model.objects.filter(
                    missions__firm__organisation__in=organisations, submitted_at__isnull=False
                ).values("pk")
            ),
            erased_on__isnull=True,
        )

    def of_company(self, user: Any) -> DossierQuerySet:
        """Return the dossiers of the companies of which `user` is a member, drafts included."""
        organisations = Membership.objects.filter(user=user, is_active=True).values("organisation")
        return self.filter(company__organisation__in=organisations, erased_on__isnull=True)

    def fillable_by(self, user: Any) -> DossierQuerySet:
        """Return the requests in which `user` may write: his company's; for Bpifrance, the drafts it enters.

        A draft stays out of `visible_to` for its officer too: it has its own pages, and no list, count or
        export of the desk holds it.
        """
        if not user.is_active:
            return self.none()
        if not user.staff_role:
            return self.of_company(user)
        if user.staff_role not in WRITERS_FOR_COMPANIES:
            return self.none()
        return self.filter(state=State.DRAFT, assistances__officer=user, assistances__closed_at__isnull=True)

    def live(self) -> DossierQuerySet:
        """Return those that occupy their volet."""
        return self.filter(state__in=LIVE)

    def using_volet(self) -> DossierQuerySet:
        """Return those that used their volet up, in any edition: payment approved, paid or closed.

        A dossier that ended otherwise after a replaced expert was paid used its volet too.
        """
        paid = self.model.objects.filter(missions__state__in=["payment_approved", "paid"]).values("pk")
        return self.filter(Q(state__in=USED) | Q(pk__in=paid))
