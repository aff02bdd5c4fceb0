"""Addresses of what arrives at the desk."""

from django.urls import URLPattern, path

from applications.views import arrivals

urlpatterns: list[URLPattern] = [
    path("gestion/reprises/", arrivals.import_list, name="import_list"),
    path("gestion/reprises/modele/", arrivals.import_template, name="import_template"),
    path("gestion/reprises/<int:pk>/", arrivals.import_detail, name="import_detail"),
    path("gestion/reprises/<int:pk>/confirmer/", arrivals.import_confirm, name="import_confirm"),
    path("gestion/entreprises/<int:pk>/proprietaire/", arrivals.owner_invite, name="owner_invite"),
]
