"""Addresses of the inbox, of the preferences and of the dead letters."""

from django.urls import path

from portal.notifications.views import dead_letters, inbox, preferences

urlpatterns = [
    path("", inbox.notification_list, name="notification_list"),
    path("tout-lire/", inbox.notification_read_all, name="notification_read_all"),
    path("vues/", inbox.notification_seen, name="notification_seen"),
    path("<int:pk>/lire/", inbox.notification_read, name="notification_read"),
    path("preferences/", preferences.notification_preferences, name="notification_preferences"),
    path("desabonnement/<str:token>/", preferences.digest_unsubscribe, name="digest_unsubscribe"),
    path("en-echec/", dead_letters.dead_letter_list, name="dead_letter_list"),
    path("en-echec/<int:pk>/relancer/", dead_letters.dead_letter_retry, name="dead_letter_retry"),
    path("en-echec/<int:pk>/ecarter/", dead_letters.dead_letter_drop, name="dead_letter_drop"),
]
