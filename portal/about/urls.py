"""Addresses of the pages about the portal."""

from django.urls import path

from portal.about import views

urlpatterns = [
    path("mentions-legales/", views.legal_notice, name="legal_notice"),
    path("confidentialite/", views.privacy, name="privacy"),
    path("accessibilite/", views.accessibility, name="accessibility"),
    path("etat/", views.status, name="service_status"),
    path("administration/sceau/", views.seal_status, name="seal_status"),
]
