"""Addresses of the company’s own space and of its filing assistant."""

from django.urls import URLPattern, path

from applications.views.company_identity import company_edit, device_edit, device_list
from applications.views.company_registration import company_create, company_join, company_lookup
from applications.views.company_signatories import (
    signatory_add,
    signatory_end,
    signatory_invite,
    signatory_list,
)
from applications.views.company_space import company_home
from applications.views.filing import (
    filing_device,
    filing_presence,
    filing_resume,
    filing_step,
    filing_tasks,
)
from applications.views.filing_pieces import (
    filing_piece_absent,
    filing_piece_add,
    filing_piece_date,
    filing_piece_kind,
    filing_piece_remove,
    filing_piece_replace,
)
from applications.views.filing_start import dossier_start
from applications.views.filing_submit import filing_submit

urlpatterns: list[URLPattern] = [
    path("entreprise/", company_home, name="company_home"),
    path("entreprise/creer/", company_create, name="company_create"),
    path("entreprise/creer/chercher/", company_lookup, name="company_lookup"),
    path("entreprise/creer/rejoindre/", company_join, name="company_join"),
    path("entreprise/<int:pk>/", company_edit, name="company_edit"),
    path("entreprise/<int:pk>/dispositifs/", device_list, name="device_list"),
    path("entreprise/<int:pk>/dispositifs/ajouter/", device_edit, name="device_add"),
    path("entreprise/<int:pk>/dispositifs/<int:device_pk>/", device_edit, name="device_edit"),
    path("entreprise/<int:pk>/signataires/", signatory_list, name="signatory_list"),
    path("entreprise/<int:pk>/signataires/ajouter/", signatory_add, name="signatory_add"),
    path("entreprise/<int:pk>/signataires/inviter/", signatory_invite, name="signatory_invite"),
    path("entreprise/<int:pk>/signataires/<int:signatory_pk>/retirer/", signatory_end, name="signatory_end"),
    path("demandes/nouvelle/", dossier_start, name="dossier_start"),
    path("demandes/<int:pk>/dossier/", filing_tasks, name="filing_tasks"),
    path("demandes/<int:pk>/dossier/deposer/", filing_submit, name="filing_submit"),
    path("demandes/<int:pk>/dossier/dispositif/choisir/", filing_device, name="filing_device"),
    path("demandes/<int:pk>/dossier/pieces/ajouter/", filing_piece_add, name="filing_piece_add"),
    path("demandes/<int:pk>/dossier/pieces/expliquer/", filing_piece_absent, name="filing_piece_absent"),
    path(
        "demandes/<int:pk>/dossier/pieces/<int:piece_pk>/retirer/",
        filing_piece_remove,
        name="filing_piece_remove",
    ),
    path(
        "demandes/<int:pk>/dossier/pieces/<int:piece_pk>/remplacer/",
        filing_piece_replace,
        name="filing_piece_replace",
    ),
    path(
        "demandes/<int:pk>/dossier/pieces/<int:piece_pk>/dater/", filing_piece_date, name="filing_piece_date"
    ),
    path(
        "demandes/<int:pk>/dossier/pieces/<int:piece_pk>/nature/", filing_piece_kind, name="filing_piece_kind"
    ),
    path("demandes/<int:pk>/dossier/presence/", filing_presence, name="filing_presence"),
    path("demandes/<int:pk>/dossier/reprendre/", filing_resume, name="filing_resume"),
    path("demandes/<int:pk>/dossier/<slug:step>/", filing_step, name="filing_step"),
]
