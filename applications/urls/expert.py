"""Addresses of the experts’ missions, and of the minutes they share with the companies."""

from django.urls import path

from applications.views import (
    expert,
    expert_closure,
    expert_invoices,
    expert_payments,
    expert_phases,
    mission_room,
    talk,
)

urlpatterns = [
    path("expert/", expert.expert_home, name="expert_home"),
    path("expert/paiements/", expert_payments.expert_payments, name="expert_payments"),
    path("expert/missions/<int:pk>/", expert.mission_detail, name="mission_detail"),
    path("expert/missions/<int:pk>/interets/", expert.mission_conflict, name="mission_conflict"),
    path(
        "expert/missions/<int:pk>/contrat/", expert.mission_service_contract, name="mission_service_contract"
    ),
    path("expert/missions/<int:pk>/demarrage/", expert.mission_start, name="mission_start"),
    path("expert/missions/<int:pk>/fin/", expert.mission_done, name="mission_done"),
    path(
        "expert/missions/<int:pk>/fin/abandonner/", expert.mission_pending_drop, name="mission_pending_drop"
    ),
    path("expert/missions/<int:pk>/suivi/", expert.mission_report, name="mission_report"),
    path("expert/missions/<int:pk>/phases/<int:rank>/", expert_phases.phase_done, name="phase_done"),
    path(
        "expert/missions/<int:pk>/phases/<int:rank>/reprendre/",
        expert_phases.phase_reopen,
        name="phase_reopen",
    ),
    path("missions/<int:pk>/comptes-rendus/nouveau/", mission_room.minutes_new, name="minutes_new"),
    path("comptes-rendus/<int:pk>/", mission_room.minutes_page, name="minutes_page"),
    path("comptes-rendus/<int:pk>/rediger/", mission_room.minutes_edit, name="minutes_edit"),
    path("comptes-rendus/<int:pk>/supprimer/", mission_room.minutes_drop, name="minutes_drop"),
    path("comptes-rendus/<int:pk>/nouvelle-version/", mission_room.minutes_revise, name="minutes_revise"),
    path("comptes-rendus/<int:pk>/approuver/", mission_room.minutes_approve, name="minutes_approve"),
    path("comptes-rendus/<int:pk>/corriger/", mission_room.minutes_correct, name="minutes_correct"),
    path("expert/missions/<int:pk>/message/", expert.mission_message, name="mission_message"),
    path("expert/missions/<int:pk>/messages/lus/", talk.mission_messages_read, name="mission_messages_read"),
    path("expert/missions/<int:pk>/avenant/", expert.mission_amendment, name="mission_amendment"),
    path("expert/missions/<int:pk>/cloture/", expert_closure.mission_closure, name="mission_closure"),
    path("expert/missions/<int:pk>/cloture/lignes/", expert_closure.closure_lines, name="closure_lines"),
    path("expert/missions/<int:pk>/cloture/envoyer/", expert_closure.closure_send, name="closure_send"),
    path(
        "expert/missions/<int:pk>/cloture/pieces/<slug:slug>/",
        expert_closure.closure_document,
        name="closure_document",
    ),
    path(
        "expert/missions/<int:pk>/cloture/corrections/<slug:target>/",
        expert_closure.closure_answer,
        name="closure_answer",
    ),
    path(
        "expert/missions/<int:pk>/cloture/verification/",
        expert_closure.closure_preflight,
        name="closure_preflight",
    ),
    path(
        "expert/missions/<int:pk>/cloture/factures/<slug:slug>/",
        expert_invoices.invoice_add,
        name="invoice_add",
    ),
    path(
        "expert/missions/<int:pk>/cloture/factures/<slug:slug>/lire/",
        expert_invoices.invoice_deposit,
        name="invoice_deposit",
    ),
    path(
        "expert/missions/<int:pk>/cloture/factures/<slug:slug>/preparer/",
        expert_invoices.invoice_draft,
        name="invoice_draft",
    ),
    path("expert/factures/<int:pk>/", expert_invoices.invoice_edit, name="invoice_edit"),
    path("expert/factures/<int:pk>/retirer/", expert_invoices.invoice_remove, name="invoice_remove"),
    path("expert/depots/<int:pk>/", expert_invoices.invoice_confirm, name="invoice_confirm"),
    path("expert/depots/<int:pk>/retirer/", expert_invoices.invoice_give_up, name="invoice_give_up"),
    path(
        "expert/factures/preparees/<int:pk>/reprendre/",
        expert_invoices.invoice_draft_use,
        name="invoice_draft_use",
    ),
]
