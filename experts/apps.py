"""Declares the experts application."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """Django's entry for the experts application."""

    name = "experts"
    label = "experts"
    verbose_name = "Experts"
