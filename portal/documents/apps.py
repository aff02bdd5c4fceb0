"""Declares the documents application."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Django's entry for the documents application."""

    name = "portal.documents"
    label = "documents"
    verbose_name = "Documents"
