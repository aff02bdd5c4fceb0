"""The PDF of a simulation: made at once, small by construction, throttled, one at a time, and kept a while."""

import hashlib
from threading import BoundedSemaphore
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe
from rest_framework.throttling import SimpleRateThrottle

from portal.accounts.access import public
from portal.clock import today
from portal.pdf import pdf_of
from tariffs import catalogue
from tariffs.views.simulator import simulation

# In the process, like the public API's throttle: the page needs neither the database nor Redis.
KEPT = LocMemCache("simulation-pdf", {"TIMEOUT": 3600, "OPTIONS": {"MAX_ENTRIES": 100}})
# Letters have their worker; here one PDF is made at a time in a process, and nobody waits long for it.
ONE_AT_A_TIME = BoundedSemaphore(1)
PATIENCE_SECONDS = 3.0


class PdfThrottle(SimpleRateThrottle):
    """How many PDFs an address may have made, counted in the process; whoever signed in counts as well."""

    scope = "simulation_pdf"
    rate = "10/min"
    cache = LocMemCache("simulation-pdf-throttle", {"OPTIONS": {"MAX_ENTRIES": 20_000}})

    def get_cache_key(self, request: Any, view: Any) -> str:  # noqa: ARG002 the framework's signature
        """The address of the visitor."""
        return f"{self.scope}:{self.get_ident(request)}"


@public
@require_safe
def simulation_pdf(request: HttpRequest) -> HttpResponse:
    """Give the PDF of the simulation in the address; one that has no answer goes back to its form."""
    context = simulation(request)
    if context["evaluation"] is None:
        return redirect(f"{reverse('simulator')}?{context['query']}")
    context["edition"] = catalogue.get_edition(context["evaluation"]["edition"])
    context["on"] = today()
    html = render_to_string("tariffs/simulation_pdf.html", context)
    key = hashlib.sha256(html.encode("utf-8")).hexdigest()
    content: bytes | None = KEPT.get(key)
    if content is None:
        if not PdfThrottle().allow_request(request, None):  # type: ignore[arg-type]
            return _busy(request, 429)
        if not ONE_AT_A_TIME.acquire(timeout=PATIENCE_SECONDS):
            return _busy(request, 503)
        try:
            content = pdf_of(html)
        finally:
            ONE_AT_A_TIME.release()
        KEPT.set(key, content)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="simulation-diagnostic-dm.pdf"'
    response["X-Robots-Tag"] = "noindex"
    return response


def _busy(request: HttpRequest, status: int) -> HttpResponse:
    """Say that the PDF can be asked for again in a minute."""
    response = render(request, "tariffs/pdf_busy.html", {"query": request.GET.urlencode()}, status=status)
    response["Retry-After"] = "60"
    return response
