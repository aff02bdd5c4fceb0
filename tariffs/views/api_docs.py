"""The API's documentation, drawn in the browser from the schema by a viewer that this site serves itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.accounts.access import public


@public
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show the schema's viewer."""
    return render(request, "tariffs/api_docs.html")
