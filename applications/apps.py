"""Declares the applications application."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """Django's entry for the applications application."""

    name = "applications"
    label = "applications"
    verbose_name = "Dossiers"
