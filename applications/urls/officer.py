"""Addresses of the officers’ and managers’ desk."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
