"""Addresses of the controllers’ payments."""

from django.urls import URLPattern, path

from applications.views import controller

urlpatterns: list[URLPattern] = [
    path("gestion/paiements/", controller.payment_list, name="payment_list"),
    path("gestion/paiements/<int:pk>/", controller.payment_detail, name="payment_detail"),
    path("gestion/paiements/<int:pk>/compte/", controller.payment_account, name="payment_account"),
]
