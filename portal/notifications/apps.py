"""Declares the notifications application."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Django's entry for the notifications application."""

    name = "portal.notifications"
    label = "notifications"
    verbose_name = "Notifications"
