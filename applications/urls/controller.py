"""Addresses of the controllers’ payments."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
