"""Addresses of the editions of the rulebook: read, compared, loaded, rehearsed, published."""

from django.urls import URLPattern, path

from applications.views import edition_acts, editions, rehearsals

urlpatterns: list[URLPattern] = [
    path("gestion/editions/", editions.edition_list, name="edition_list"),
    path("gestion/editions/charger/", edition_acts.edition_load, name="edition_load"),
    path("gestion/editions/comparer/", editions.edition_comparison, name="edition_comparison"),
    path("gestion/editions/effets/", rehearsals.edition_effects, name="edition_effects"),
    path("gestion/editions/effets/<uuid:pk>/arreter/", rehearsals.rehearsal_cancel, name="rehearsal_cancel"),
    path("gestion/editions/textes/<int:pk>/retirer/", edition_acts.edition_withdraw, name="edition_withdraw"),
    path("gestion/editions/textes/<int:pk>/repeter/", rehearsals.edition_rehearse, name="edition_rehearse"),
    path("gestion/editions/textes/<int:pk>/publier/", edition_acts.edition_publish, name="edition_publish"),
    path("gestion/editions/textes/<int:pk>/annuler/", edition_acts.edition_cancel, name="edition_cancel"),
    path(
        "gestion/editions/textes/<int:pk>/annuler/confirmer/",
        edition_acts.edition_cancel_confirm,
        name="edition_cancel_confirm",
    ),
    path(
        "gestion/editions/textes/<int:pk>/annuler/abandonner/",
        edition_acts.edition_cancel_drop,
        name="edition_cancel_drop",
    ),
    path("gestion/editions/<str:ref>/", editions.edition_detail, name="edition_detail"),
    path("gestion/editions/<str:ref>/fichier/", editions.edition_file, name="edition_file"),
]
