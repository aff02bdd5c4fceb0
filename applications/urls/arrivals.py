"""Addresses of what arrives at the desk."""

from django.urls import URLPattern, path

from applications.views import arrivals, assistance

urlpatterns: list[URLPattern] = [
    path("gestion/reprises/", arrivals.import_list, name="import_list"),
    path("gestion/reprises/modele/", arrivals.import_template, name="import_template"),
    path("gestion/reprises/<int:pk>/", arrivals.import_detail, name="import_detail"),
    path("gestion/reprises/<int:pk>/confirmer/", arrivals.import_confirm, name="import_confirm"),
    path("gestion/saisie/", assistance.assistance_list, name="assistance_list"),
    path("gestion/saisie/nouvelle/", assistance.assistance_number, name="assistance_number"),
    path("gestion/saisie/nouvelle/demande/", assistance.assistance_begin, name="assistance_begin"),
    path("gestion/saisie/<int:pk>/remettre/", assistance.assistance_hand_over, name="assistance_hand_over"),
    path("gestion/saisie/<int:pk>/confier/", assistance.assistance_pass_on, name="assistance_pass_on"),
    path("demandes/<int:pk>/dossier/saisie/arreter/", assistance.assistance_stop, name="assistance_stop"),
    path("gestion/entreprises/<int:pk>/proprietaire/", arrivals.owner_invite, name="owner_invite"),
]
