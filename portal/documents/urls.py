"""Addresses of a kept file and of the pictures of its pages."""

from django.urls import path

from portal.documents.views import document_copy, document_download, document_page, document_preview

urlpatterns = [
    path("<uuid:pk>/", document_download, name="document_download"),
    path("<uuid:pk>/copie/", document_copy, name="document_copy"),
    path("<uuid:pk>/apercu/", document_preview, name="document_preview"),
    path("<uuid:pk>/apercu/<int:number>/", document_page, name="document_page"),
]
