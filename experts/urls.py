"""Addresses of the expert pool."""

from django.urls import path

from experts.views import bank_accounts, firms, pool

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
    path("expert/cabinet/<int:firm_id>/agrement/", firms.accreditation_request, name="accreditation_request"),
    path("expert/cabinet/<int:firm_id>/consultants/", firms.consultant_add, name="consultant_add"),
    path("expert/consultants/<int:consultant_id>/etat/", firms.consultant_toggle, name="consultant_toggle"),
    path("gestion/experts/", pool.firm_list, name="firm_list"),
    path("gestion/experts/<int:firm_id>/", pool.firm_detail, name="firm_detail"),
    path(
        "gestion/experts/agrements/<int:accreditation_id>/",
        pool.accreditation_decide,
        name="accreditation_decide",
    ),
    path("gestion/experts/<int:firm_id>/agrement/", pool.accreditation_record, name="accreditation_record"),
    path("gestion/experts/<int:firm_id>/passi/", pool.certificate_record, name="certificate_record"),
    path(
        "gestion/experts/<int:firm_id>/passi/<int:certificate_id>/",
        pool.certificate_record,
        name="certificate_edit",
    ),
]
