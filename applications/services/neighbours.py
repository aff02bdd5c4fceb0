"""The dossier before and the dossier after another one in a list, as it is filtered and sorted."""

from __future__ import annotations

from datetime import date

from applications.models import Dossier, Listing
from applications.services.paging import mark_of, page_of
from applications.services.worklist import SORTS, Wanted, covered_by, filtered, searched, tab_condition
from portal.accounts.models import User


def neighbour_of(user: User, dossier: Dossier, wanted: Wanted, *, after: bool, today: date) -> int | None:
    """Return the key of the next dossier of a list (`after`) or of the one before; None at its end.

    The dossier itself may have left the list since: its place in the order still leads on.
    """
    row = Listing.objects.filter(pk=dossier.pk).first()
    if row is None:
        return None
    found, _ = searched(filtered(user, wanted), wanted)
    sort = SORTS[wanted.sort]
    covered = covered_by(user, today) if wanted.tab == "mine" else ()
    rows = found.filter(tab_condition(wanted.tab, user, today, covered)).only(sort.column)
    mark = mark_of(row, sort)
    page = page_of(rows, sort, size=1, after=mark) if after else page_of(rows, sort, size=1, before=mark)
    return page.rows[0].pk if page.rows else None
