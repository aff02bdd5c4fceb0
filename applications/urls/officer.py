"""Addresses of the officers’ and managers’ desk."""

from django.urls import URLPattern, path

from applications.views import (
    due_dates,
    lapsing,
    letters,
    manager,
    officer_acts,
    officer_beside,
    officer_company,
    officer_dossier,
    officer_letters,
    officer_list,
    officer_opinions,
    officer_readings,
    officer_reasons,
    officer_snapshots,
    officer_talk,
    officer_then,
    officer_worklist,
    opinion,
    pilotage,
    talk,
)

urlpatterns: list[URLPattern] = [
    path("gestion/", officer_worklist.dossier_list, name="dossier_list"),
    path("gestion/aujourd-hui/", officer_worklist.morning_queue, name="morning_queue"),
    path("gestion/experts/dossiers/", lapsing.lapsing_dossiers, name="lapsing_dossiers"),
    path("gestion/pilotage/", pilotage.board, name="pilotage"),
    path("gestion/tout-vu/", officer_worklist.dossiers_all_seen, name="dossiers_all_seen"),
    path("gestion/vues/", officer_worklist.saved_view_keep, name="saved_view_keep"),
    path("gestion/vues/<int:pk>/retirer/", officer_worklist.saved_view_remove, name="saved_view_remove"),
    path("gestion/dossiers/<int:pk>/vu/", officer_worklist.dossier_look, name="dossier_look"),
    path("gestion/echeances/", due_dates.deadline_list, name="deadline_list"),
    path("gestion/a-confirmer/", officer_list.pending_list, name="pending_list"),
    path("gestion/a-confirmer/<int:pk>/confirmer/", officer_acts.pending_confirm, name="pending_confirm"),
    path("gestion/a-confirmer/<int:pk>/abandonner/", officer_acts.pending_drop, name="pending_drop"),
    path("gestion/dossiers/<int:pk>/", officer_dossier.officer_dossier, name="officer_dossier"),
    path("gestion/dossiers/<int:pk>/actes/<slug:name>/", officer_acts.desk_act, name="desk_act"),
    path(
        "gestion/missions/<int:pk>/actes/<slug:name>/", officer_acts.desk_mission_act, name="desk_mission_act"
    ),
    path("gestion/dossiers/<int:pk>/messages/", officer_talk.officer_message, name="officer_message"),
    path("gestion/dossiers/<int:pk>/messages/lus/", talk.officer_messages_read, name="officer_messages_read"),
    path("gestion/dossiers/<int:pk>/notes/", officer_talk.officer_note, name="officer_note"),
    path("gestion/dossiers/<int:pk>/presence/", officer_beside.dossier_presence, name="dossier_presence"),
    path("gestion/dossiers/<int:pk>/autres/", officer_beside.dossier_others, name="dossier_others"),
    path("gestion/dossiers/<int:pk>/signaux/", officer_beside.dossier_signals, name="dossier_signals"),
    path("gestion/dossiers/<int:pk>/suivant/", officer_beside.dossier_next, name="dossier_next"),
    path("gestion/dossiers/<int:pk>/precedent/", officer_beside.dossier_previous, name="dossier_previous"),
    path(
        "gestion/dossiers/<int:pk>/instantanes/",
        officer_snapshots.dossier_snapshots,
        name="dossier_snapshots",
    ),
    path("gestion/dossiers/<int:pk>/lectures/", officer_readings.dossier_readings, name="dossier_readings"),
    path("gestion/dossiers/<int:pk>/a-une-date/", officer_then.dossier_then, name="dossier_then"),
    path("gestion/dossiers/<int:pk>/avis/", officer_opinions.opinion_ask, name="opinion_ask"),
    path("gestion/avis/<int:pk>/annuler/", officer_opinions.opinion_revoke, name="opinion_revoke"),
    path("avis/<str:token>/", opinion.opinion, name="opinion"),
    path("avis/<str:token>/pieces/<int:pk>/", opinion.opinion_piece, name="opinion_piece"),
    path("gestion/entreprises/<int:pk>/", officer_company.officer_company, name="officer_company"),
    path("gestion/entreprises/<int:pk>/volets/", officer_company.used_volet_record, name="used_volet_record"),
    path(
        "gestion/entreprises/<int:pk>/procedure/", officer_company.insolvency_record, name="insolvency_record"
    ),
    path("gestion/signataires/<int:pk>/verifier/", officer_company.delegation_check, name="delegation_check"),
    path("gestion/courriers/<int:pk>/", officer_letters.letter_draft, name="letter_draft"),
    path(
        "gestion/courriers/<int:pk>/pdf/", officer_letters.letter_preview_state, name="letter_preview_state"
    ),
    path(
        "gestion/dossiers/<int:pk>/mise-en-demeure/",
        officer_letters.letter_notice_prepare,
        name="letter_notice_prepare",
    ),
    path("gestion/formulations/", officer_reasons.reason_list, name="reason_list"),
    path("gestion/formulations/nouvelle/", officer_reasons.reason_add, name="reason_add"),
    path("gestion/formulations/<int:pk>/", officer_reasons.reason_edit, name="reason_edit"),
    path("gestion/formulations/<int:pk>/retirer/", officer_reasons.reason_retire, name="reason_retire"),
    path("courriers/<int:pk>/", letters.letter_page, name="letter_page"),
    path("gestion/enveloppe/", manager.envelope_list, name="envelope_list"),
    path("gestion/enveloppe/ouvrir/", manager.envelope_open, name="envelope_open"),
    path("gestion/enveloppe/<int:pk>/abonder/", manager.envelope_top_up, name="envelope_top_up"),
    path("gestion/enveloppe/<int:pk>/fermer/", manager.envelope_close, name="envelope_close"),
]
