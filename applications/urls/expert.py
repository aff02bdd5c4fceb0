"""Addresses of the experts’ missions."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
