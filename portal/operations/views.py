"""What machines ask: whether the process lives, whether it can serve, and its figures.

RequestIdMiddleware takes the cookies off these requests and forbids to keep the answers.
"""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from portal import clock
from portal.accounts.access import public
from portal.operations import metrics, probes


@public
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer that the process answers; nothing else is asked."""
    return JsonResponse({"vivant": True})


@public
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether this process can serve; 503 with the names of what fails."""
    failing = probes.failing()
    body = {"pret": False, "en_panne": failing} if failing else {"pret": True}
    return JsonResponse(body, status=503 if failing else 200)


@public
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Give Prometheus its figures when it shows the token; there is no such page for anybody else."""
    if not settings.METRICS_TOKEN or not _shows(request, settings.METRICS_TOKEN):
        raise Http404
    return HttpResponse(metrics.page(clock.now()), content_type=CONTENT_TYPE_LATEST)


def _shows(request: HttpRequest, token: str) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
