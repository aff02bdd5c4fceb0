"""The floor: the barest signed-in page of the same kind, mounted beside the portal's own addresses for a measure.

One indexed query, exact tab counts, one small template; a search without an order of merit; one row by its key. What a
page of the portal does more, it must be worth: `benchmarks/pages.py` prints the ratio.
"""

from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import path

from applications.models import Dossier, Listing
from applications.services.search import holding, words_in
from diagdm.urls import urlpatterns as portal

PAGE = """<!doctype html><title>Floor</title>
<p>{% for name, count in counts.items %}{{ name }} {{ count }} {% endfor %}</p>
<table>{% for row in rows %}<tr><td>{{ row.number }}<td>{{ row.company__name }}<td>{{ row.volet }}<td>{{ row.state }}
<td>{{ row.officer__full_name }}<td>{{ row.bpifrance_share }}<td>{{ row.submitted_at }}</tr>{% endfor %}</table>"""
TEMPLATE = Engine().from_string(PAGE)
SHOWN = ("number", "company__name", "volet", "state", "officer__full_name", "bpifrance_share", "submitted_at")
CAP = 1001


def _signed_in(request: HttpRequest) -> int:
    """Read the session and the account, as every page does."""
    return int(request.user.pk or 0)


def _answer(rows: Any, counts: dict[str, int]) -> HttpResponse:
    return HttpResponse(TEMPLATE.render(Context({"rows": list(rows), "counts": counts})))


def listed(request: HttpRequest) -> HttpResponse:
    """Fifty rows by an index; `etat` filters; each tab is counted to the end."""
    user = _signed_in(request)
    found = Listing.objects.all()
    if state := request.GET.get("etat"):
        found = found.filter(state=state)
    counts = found.aggregate(
        mine=Count("pk", filter=Q(officer=user)),
        all=Count("pk"),
        company=Count("pk", filter=Q(turn="company")),
    )
    keys = list(found.order_by("-submitted_at", "-pk").values_list("pk", flat=True)[:50])
    return _answer(Dossier.objects.filter(pk__in=keys).values(*SHOWN), counts)


def found(request: HttpRequest) -> HttpResponse:
    """Fifty rows that hold the words; counted to the end, or to the cap with `cap`."""
    _signed_in(request)
    rows = holding(Listing.objects.all(), words_in(request.GET.get("q", "")))
    total = rows[:CAP].count() if request.GET.get("cap") else rows.count()
    keys = list(rows.order_by("-submitted_at", "-pk").values_list("pk", flat=True)[:50])
    return _answer(Dossier.objects.filter(pk__in=keys).values(*SHOWN), {"all": total})


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One dossier by its key, with its events."""
    _signed_in(request)
    row = Dossier.objects.filter(pk=pk).values(*SHOWN)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM audit_event WHERE chain = %s", [f"dossier:{pk}"])
        count = cursor.fetchone()[0]
    return _answer(row, {"events": count})


urlpatterns = [
    path("floor/list/", listed),
    path("floor/search/", found),
    path("floor/dossier/<int:pk>/", one),
    *portal,
]
