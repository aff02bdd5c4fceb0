"""Every address of the portal, room by room."""

from django.urls import URLPattern, URLResolver, include, path

from diagdm.discovery import robots, sitemap

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.accounts.urls")),
    path("compte/", include("allauth.urls")),
    path("documents/", include("portal.documents.urls")),
    path("notifications/", include("portal.notifications.urls")),
    path("", include("tariffs.urls")),
    path("", include("experts.urls")),
    path("", include("applications.urls")),
    path("", include("diagdm.style.urls")),
    path("", include("portal.about.urls")),
    path("", include("portal.operations.urls")),
    path("", include("portal.audit.urls")),
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
]

handler400 = "portal.operations.errors.bad_request"
handler404 = "portal.operations.errors.page_not_found"
handler500 = "portal.operations.errors.server_error"
