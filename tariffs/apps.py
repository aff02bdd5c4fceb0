"""Declares the rulebooks as a Django application."""

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import import_string

from tariffs import catalogue

# It reads a model: it can be imported once every application is there.
SOURCE = "tariffs.services.published.PublishedTexts"


class TariffsConfig(AppConfig):
    """The simulator, the price tables, the engine behind them, and the editions brought to the portal."""

    name = "tariffs"
    verbose_name = "Barèmes"

    def ready(self) -> None:
        """Have the catalogue read the editions published on the portal too."""
        every = settings.EDITIONS_READ_EVERY
        if every is not None:
            catalogue.use(import_string(SOURCE)(every, import_string(settings.EDITION_WITNESS)))
