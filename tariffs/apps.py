"""Declares the rulebooks as a Django application."""

from django.apps import AppConfig


class TariffsConfig(AppConfig):
    """The simulator, the price tables and the engine behind them; no table in the database."""

    name = "tariffs"
    verbose_name = "Barèmes"
