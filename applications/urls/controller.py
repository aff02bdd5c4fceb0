"""Addresses of the controllers’ payments, of their batches and of the aid register."""

from django.urls import URLPattern, path

from applications.views import aid_register, controller, payment_batches, powers, retention

urlpatterns: list[URLPattern] = [
    path("gestion/paiements/", controller.payment_list, name="payment_list"),
    path("gestion/paiements/<int:pk>/", controller.payment_detail, name="payment_detail"),
    path("gestion/paiements/<int:pk>/compte/", controller.payment_account, name="payment_account"),
    path("gestion/paiements/lots/", payment_batches.batch_list, name="batch_list"),
    path("gestion/paiements/lots/nouveau/", payment_batches.batch_new, name="batch_new"),
    path("gestion/paiements/lots/<int:pk>/", payment_batches.batch_detail, name="batch_detail"),
    path("gestion/paiements/lots/<int:pk>/valider/", payment_batches.batch_approve, name="batch_approve"),
    path("gestion/paiements/lots/<int:pk>/annuler/", payment_batches.batch_cancel, name="batch_cancel"),
    path("gestion/paiements/lots/<int:pk>/rapprocher/", payment_batches.batch_match, name="batch_match"),
    path("gestion/paiements/virements/<int:pk>/retirer/", payment_batches.order_retire, name="order_retire"),
    path(
        "gestion/paiements/virements/<int:pk>/retirer/confirmer/",
        payment_batches.order_retire_confirm,
        name="order_retire_confirm",
    ),
    path("gestion/paiements/virements/<int:pk>/maintenir/", payment_batches.order_keep, name="order_keep"),
    path("gestion/aides/", aid_register.aid_register, name="aid_register"),
    path("administration/conservation/", retention.retention_board, name="retention_board"),
    path("gestion/delegations/", powers.power_list, name="power_list"),
    path("gestion/delegations/<int:pk>/retirer/", powers.power_end, name="power_end"),
]
