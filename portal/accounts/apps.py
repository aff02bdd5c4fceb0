"""Declares the accounts application."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Django's entry for the accounts application."""

    name = "portal.accounts"
    label = "accounts"
    verbose_name = "Comptes"
