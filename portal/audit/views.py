"""The page « Journal » : the last daily records, what proves their date, and what the last verification found."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import Role, access
from portal.audit import board, heads


@require_safe
@access(Role.AUDITOR, Role.ADMINISTRATOR)
def audit_journal(request: HttpRequest) -> HttpResponse:
    """Show the last records of the journal, kept in the database and out of it."""
    context = {
        "rows": board.last_records(),
        "result": heads.last_result(),
        "stamped": bool(settings.TSA_URL),
        "trusted": bool(settings.TSA_TRUST),
    }
    return render(request, "audit/journal.html", context)
