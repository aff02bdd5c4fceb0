"""Addresses of the requests for quotes: the company's, the invited firm's, and what Bpifrance reads of them."""

from django.urls import path

from applications.views import quoting, quoting_compare, quoting_expert, quoting_officer

urlpatterns = [
    path("entreprise/devis/annuaire/", quoting.expert_directory, name="expert_directory"),
    path("entreprise/devis/", quoting.quote_request_list, name="quote_request_list"),
    path("entreprise/devis/demander/", quoting.quote_request_new, name="quote_request_new"),
    path("entreprise/devis/<int:pk>/", quoting.quote_request, name="quote_request"),
    path("entreprise/devis/<int:pk>/modifier/", quoting.quote_request_edit, name="quote_request_edit"),
    path("entreprise/devis/<int:pk>/proposer/", quoting.quote_request_more, name="quote_request_more"),
    path("entreprise/devis/<int:pk>/envoyer/", quoting.quote_request_send, name="quote_request_send"),
    path("entreprise/devis/<int:pk>/prolonger/", quoting.quote_request_extend, name="quote_request_extend"),
    path("entreprise/devis/<int:pk>/renoncer/", quoting.quote_request_drop, name="quote_request_drop"),
    path("entreprise/devis/<int:pk>/comparer/", quoting_compare.quote_compare, name="quote_compare"),
    path(
        "entreprise/devis/<int:pk>/retenir/<uuid:token>/",
        quoting_compare.quote_choose,
        name="quote_choose",
    ),
    path("expert/devis/", quoting_expert.quote_invitation_list, name="quote_invitation_list"),
    path("expert/devis/<uuid:token>/", quoting_expert.quote_invitation, name="quote_invitation"),
    path(
        "expert/devis/<uuid:token>/lue/", quoting_expert.quote_invitation_seen, name="quote_invitation_seen"
    ),
    path(
        "expert/devis/<uuid:token>/decliner/",
        quoting_expert.quote_invitation_decline,
        name="quote_invitation_decline",
    ),
    path(
        "gestion/dossiers/<int:pk>/demandes-de-devis/",
        quoting_officer.officer_quote_requests,
        name="officer_quote_requests",
    ),
]
