"""Addresses of the company’s filing assistant."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
