"""Address of a kept file."""

from django.urls import path

from portal.documents.views import document_download

urlpatterns = [path("<uuid:pk>/", document_download, name="document_download")]
