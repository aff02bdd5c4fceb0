"""Every address of the portal, room by room."""

from django.urls import URLPattern, URLResolver, include, path

from diagdm.discovery import robots, sitemap

urlpatterns: list[URLPattern | URLResolver] = [
    path("compte/", include("allauth.urls")),
    path("", include("portal.accounts.urls")),
    path("documents/", include("portal.documents.urls")),
    path("notifications/", include("portal.notifications.urls")),
    path("", include("tariffs.urls")),
    path("", include("experts.urls")),
    path("", include("applications.urls")),
    path("", include("diagdm.style.urls")),
    path("", include("portal.about.urls")),
    path("robots.txt", robots, name="robots"),
    path("sitemap.xml", sitemap, name="sitemap"),
]
