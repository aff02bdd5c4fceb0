"""Addresses of the company’s filed requests."""

from django.urls import path

from applications.views import company, company_signing, talk

urlpatterns = [
    path("demandes/<int:pk>/", company.company_dossier, name="company_dossier"),
    path("demandes/<int:pk>/retirer/", company.company_withdraw, name="company_withdraw"),
    path("demandes/<int:pk>/actes/<slug:name>/", company.company_act, name="company_act"),
    path("demandes/<int:pk>/message/", company.company_message, name="company_message"),
    path("demandes/<int:pk>/messages/lus/", talk.company_messages_read, name="company_messages_read"),
    path("demandes/<int:pk>/satisfaction/", company.company_satisfaction, name="company_satisfaction"),
    path("demandes/<int:pk>/contrat/", company_signing.company_sign, name="company_sign"),
    path("demandes/<int:pk>/preuve/", company_signing.company_evidence, name="company_evidence"),
    path(
        "demandes/<int:pk>/preuve/<int:rank>/",
        company_signing.company_amendment_evidence,
        name="company_amendment_evidence",
    ),
    path("demandes/<int:pk>/avenant/", company_signing.company_amendment, name="company_amendment"),
    path(
        "demandes/<int:pk>/code/<slug:name>/",
        company_signing.company_sign_code,
        name="company_sign_code",
    ),
]
