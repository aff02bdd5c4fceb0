"""Addresses of the offers that firms write on the portal."""

from django.urls import path

from applications.views import offer_pages, offers

urlpatterns = [
    path("expert/devis/<uuid:token>/rediger/", offers.offer_start, name="offer_start"),
    path("expert/devis/offres/<uuid:token>/", offers.offer_edit, name="offer_edit"),
    path("expert/devis/offres/<uuid:token>/relire/", offer_pages.offer_review, name="offer_review"),
    path("expert/devis/offres/<uuid:token>/conditions/", offers.offer_terms, name="offer_terms"),
    path("expert/devis/offres/<uuid:token>/modele/", offers.offer_model_save, name="offer_model_save"),
    path(
        "expert/devis/offres/<uuid:token>/modele/reprendre/", offers.offer_model_take, name="offer_model_take"
    ),
    path("expert/devis/offres/<uuid:token>/abandonner/", offers.offer_drop, name="offer_drop"),
    path("expert/devis/offres/<uuid:token>/retirer/", offer_pages.offer_withdraw, name="offer_withdraw"),
    path("offres/<uuid:token>/", offer_pages.offer_detail, name="offer_detail"),
    path("offres/<uuid:token>/modification/", offer_pages.offer_change, name="offer_change"),
]
