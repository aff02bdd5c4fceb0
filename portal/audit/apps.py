"""Declares the audit application."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Django's entry for the audit application."""

    name = "portal.audit"
    label = "audit"
    verbose_name = "Journal"
