"""Addresses of the journal."""

from django.urls import path

from portal.audit import views

urlpatterns = [path("administration/journal/", views.audit_journal, name="audit_journal")]
