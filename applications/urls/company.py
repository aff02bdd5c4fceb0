"""Addresses of the company’s space."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
