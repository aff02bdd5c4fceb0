"""Addresses of what leaves the desk: exports, archives, transmissions to the ministries."""

from django.urls import URLPattern, path

from applications.views import exports, exports_transmissions

urlpatterns: list[URLPattern] = [
    path("gestion/exports/", exports.export_list, name="export_list"),
    path("gestion/exports/nouveau/<slug:listing>/", exports.export_new, name="export_new"),
    path("gestion/exports/<uuid:pk>/annuler/", exports.export_cancel, name="export_cancel"),
    path("gestion/dossiers/<int:pk>/archive/", exports.dossier_archive, name="dossier_archive"),
    path("gestion/transmissions/", exports_transmissions.transmission_list, name="transmission_list"),
    path("gestion/transmissions/envois/", exports_transmissions.parcel_create, name="parcel_create"),
    path("gestion/transmissions/envois/<int:pk>/", exports_transmissions.parcel_detail, name="parcel_detail"),
    path(
        "gestion/transmissions/envois/<int:pk>/envoyer/",
        exports_transmissions.parcel_send,
        name="parcel_send",
    ),
    path(
        "gestion/transmissions/envois/<int:pk>/accuse/",
        exports_transmissions.parcel_receive,
        name="parcel_receive",
    ),
    path(
        "gestion/transmissions/envois/<int:pk>/relance/",
        exports_transmissions.parcel_remind,
        name="parcel_remind",
    ),
    path(
        "gestion/transmissions/envois/<int:pk>/abandonner/",
        exports_transmissions.parcel_drop,
        name="parcel_drop",
    ),
]
