"""Addresses of the dossiers, one module per audience."""

from django.urls import include, path

urlpatterns = [
    path("comprendre/", include("applications.urls.guide")),
    path("calendrier/", include("applications.urls.calendar")),
    path("", include("applications.urls.filing")),
    path("", include("applications.urls.company")),
    path("", include("applications.urls.quoting")),
    path("", include("applications.urls.offers")),
    path("", include("applications.urls.expert")),
    path("", include("applications.urls.exports")),
    path("", include("applications.urls.arrivals")),
    path("", include("applications.urls.editions")),
    path("", include("applications.urls.assignment")),
    path("", include("applications.urls.officer")),
    path("", include("applications.urls.controller")),
]
