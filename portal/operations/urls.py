"""Addresses that machines ask."""

from django.urls import path

from portal.operations import views

urlpatterns = [
    path("sante/vivant", views.alive, name="health_alive"),
    path("sante/pret", views.ready, name="health_ready"),
    path("metrics", views.figures, name="metrics"),
]
