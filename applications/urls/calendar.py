"""Addresses of the terms in one’s own calendar."""

from django.urls import path

from applications.views import calendar

urlpatterns = [
    path("", calendar.calendar_settings, name="calendar_settings"),
    path("creer/", calendar.calendar_create, name="calendar_create"),
    path("revoquer/", calendar.calendar_revoke, name="calendar_revoke"),
    path("echeances/<int:pk>.ics", calendar.deadline_ics, name="deadline_ics"),
    path("<str:token>.ics", calendar.calendar_feed, name="calendar_feed"),
]
