"""What search engines are told: which pages are for everybody, and which are nobody else's business."""

from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from applications.guide.pages import all_pages
from portal.accounts.access import public
from portal.clock import today
from tariffs import catalogue

PAGES = (
    "home",
    "simulator",
    "schedule_of_rates",
    "schedule_comparison",
    "legal_notice",
    "privacy",
    "accessibility",
)
# All that is open is listed; the rest of the portal belongs to the people who sign in.
OPEN = ("/$", "/simulateur/$", "/bareme/", "/comprendre/", "/mentions-legales/", "/confidentialite/")
OPEN_TOO = ("/accessibilite/", "/static/", "/sitemap.xml")
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"
hourly = cache_control(public=True, max_age=3600)


@public
@require_safe
@hourly
def robots(_request: HttpRequest) -> HttpResponse:
    """Open the public pages to search engines and nothing else; a demonstration is not to be found at all."""
    opened = [] if settings.DEMO else [f"Allow: {path}" for path in (*OPEN, *OPEN_TOO)]
    lines = [
        "User-agent: *",
        *opened,
        "Disallow: /",
        f"Sitemap: {settings.PORTAL_URL}{reverse('sitemap')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@public
@require_safe
@hourly
def sitemap(_request: HttpRequest) -> HttpResponse:
    """List the public pages."""
    edition = catalogue.edition_at(today()) or catalogue.editions().all[-1]
    paths = [*(reverse(name) for name in PAGES), *(page.url for page in all_pages(edition))]
    listed = "".join(f"<url><loc>{escape(settings.PORTAL_URL + path)}</loc></url>\n" for path in paths)
    page = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SCHEMA}">\n{listed}</urlset>\n'
    return HttpResponse(page, content_type="application/xml; charset=utf-8")
