"""Addresses of the inbox, of the preferences and of the outbox."""

from django.urls import path

from portal.notifications.views import inbox, outbox, preferences

urlpatterns = [
    path("", inbox.notification_list, name="notification_list"),
    path("tout-lire/", inbox.notification_read_all, name="notification_read_all"),
    path("vues/", inbox.notification_seen, name="notification_seen"),
    path("<int:pk>/lire/", inbox.notification_read, name="notification_read"),
    path("preferences/", preferences.notification_preferences, name="notification_preferences"),
    path("desabonnement/<str:token>/", preferences.digest_unsubscribe, name="digest_unsubscribe"),
    path("envois/", outbox.outbox_list, name="outbox_list"),
    path("envois/relancer/", outbox.dead_letters_retry, name="dead_letters_retry"),
    path("envois/<int:pk>/", outbox.outbox_detail, name="outbox_detail"),
    path("envois/<int:pk>/relancer/", outbox.dead_letter_retry, name="dead_letter_retry"),
    path("envois/<int:pk>/ecarter/", outbox.dead_letter_drop, name="dead_letter_drop"),
]
