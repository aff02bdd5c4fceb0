"""Addresses of the expert pool."""

from django.urls import path

from experts.views import accreditations, bank_accounts, decisions, firms, passi, pool

urlpatterns = [
    path("expert/cabinet/", firms.firm_profile, name="firm_profile"),
    path("expert/cabinet/creer/", firms.firm_create, name="firm_create"),
    path("expert/cabinet/<int:firm_id>/", firms.firm_profile, name="firm_profile_of"),
    path("expert/cabinet/<int:firm_id>/modifier/", firms.firm_edit, name="firm_edit"),
    path("expert/cabinet/<int:firm_id>/paiement/", firms.firm_payment_details, name="firm_payment_details"),
    path("expert/cabinet/<int:firm_id>/compte/", bank_accounts.account_change, name="account_change"),
    path(
        "expert/cabinet/<int:firm_id>/compte/confirmer/",
        bank_accounts.account_change_confirm,
        name="account_change_confirm",
    ),
    path(
        "expert/cabinet/<int:firm_id>/compte/arreter/",
        bank_accounts.account_change_stop,
        name="account_change_stop",
    ),
    path("gestion/experts/<int:firm_id>/compte/", bank_accounts.account_call_back, name="account_call_back"),
    path(
        "expert/cabinet/<int:firm_id>/agrement/",
        accreditations.accreditation_request,
        name="accreditation_request",
    ),
    path("expert/cabinet/<int:firm_id>/charte/", accreditations.charter_accept, name="charter_accept"),
    path("expert/cabinet/<int:firm_id>/assurance/", accreditations.insurance_file, name="insurance_file"),
    path("expert/cabinet/<int:firm_id>/consultants/", firms.consultant_add, name="consultant_add"),
    path("expert/consultants/<int:consultant_id>/", firms.consultant_edit, name="consultant_edit"),
    path("expert/consultants/<int:consultant_id>/etat/", firms.consultant_toggle, name="consultant_toggle"),
    path("gestion/experts/", pool.firm_list, name="firm_list"),
    path("gestion/experts/demandes/", decisions.accreditation_queue, name="accreditation_queue"),
    path("gestion/experts/passi/", passi.passi_register, name="passi_register"),
    path("gestion/experts/passi/<int:listing_id>/", passi.passi_match, name="passi_match"),
    path("gestion/experts/passi/importer/", passi.passi_import, name="passi_import"),
    path(
        "gestion/experts/passi/imports/<int:import_id>/",
        passi.passi_import_report,
        name="passi_import_report",
    ),
    path("gestion/experts/<int:firm_id>/", pool.firm_detail, name="firm_detail"),
    path(
        "gestion/experts/agrements/<int:accreditation_id>/",
        decisions.accreditation_decide,
        name="accreditation_decide",
    ),
    path(
        "gestion/experts/agrements/<int:accreditation_id>/decision/<int:decision_id>/",
        decisions.accreditation_answer,
        name="accreditation_answer",
    ),
    path(
        "gestion/experts/<int:firm_id>/agrement/", decisions.accreditation_record, name="accreditation_record"
    ),
    path("gestion/experts/<int:firm_id>/passi/", pool.certificate_record, name="certificate_record"),
    path(
        "gestion/experts/<int:firm_id>/passi/<int:certificate_id>/",
        pool.certificate_record,
        name="certificate_edit",
    ),
]
