"""This room's addresses, with plain pages in place of the other rooms', and views to try `access` on."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.access import Role, access, public, writes


@public
def plain(request: HttpRequest) -> HttpResponse:
    """Stand for a page of another room."""
    return HttpResponse("une page")


@access(Role.COMPANY)
def company_only(request: HttpRequest) -> HttpResponse:
    """Let companies in."""
    return HttpResponse("entreprise")


@writes
@access(Role.MEMBER)
def write_only(request: HttpRequest) -> HttpResponse:
    """Stand for a view that writes."""
    return HttpResponse("écrit")


def forgotten(request: HttpRequest) -> HttpResponse:
    """Stand for a view whose author named no role."""
    return HttpResponse("secret")


@access(Role.CONTROLLER)
def api_function(request: HttpRequest) -> JsonResponse:
    """Stand for an API function."""
    return JsonResponse({"ok": True})


class ApiView(APIView):
    """Stand for a DRF view."""

    def get(self, request: HttpRequest) -> Response:
        """Answer."""
        return Response({"ok": True})


NAMES = (
    ("", "home"),
    ("simulateur/", "simulator"),
    ("bareme/", "schedule_of_rates"),
    ("comprendre/", "guide_index"),
    ("comprendre/questions/", "guide_questions"),
    ("accessibilite/", "accessibility"),
    ("mentions-legales/", "legal_notice"),
    ("confidentialite/", "privacy"),
    ("etat/", "service_status"),
    ("style/", "style_guide"),
    ("entreprise/", "company_home"),
    ("entreprise/creer/", "company_create"),
    ("expert/", "expert_home"),
    ("expert/creer/", "firm_create"),
    ("gestion/", "dossier_list"),
    ("gestion/aujourd-hui/", "morning_queue"),
    ("gestion/paiements/", "payment_list"),
    ("gestion/experts/", "firm_list"),
    ("gestion/a-confirmer/", "pending_list"),
    ("gestion/echeances/", "deadline_list"),
    ("gestion/enveloppe/", "envelope_list"),
    ("gestion/aides/", "aid_register"),
    ("administration/sceau/", "seal_status"),
    ("administration/conservation/", "retention_board"),
    ("administration/journal/", "audit_journal"),
    ("gestion/transmissions/", "transmission_list"),
    ("gestion/saisie/", "assistance_list"),
    ("gestion/affectation/", "assignment_home"),
    ("gestion/affectation/absences/", "absence_list"),
    ("gestion/pilotage/", "pilotage"),
    ("gestion/editions/", "edition_list"),
    ("expert/cabinet/", "firm_profile"),
    ("expert/demandes/", "quote_invitation_list"),
    ("expert/paiements/", "expert_payments"),
    ("entreprise/devis/", "quote_request_list"),
)

urlpatterns = [
    path("", include("portal.accounts.urls")),
    path("compte/", include("allauth.urls")),
    path("notifications/", include("portal.notifications.urls")),
    *(path(route, plain, name=name) for route, name in NAMES),
    path("essai/entreprise/", company_only),
    path("essai/ecrire/", write_only),
    path("essai/oubliee/", forgotten),
    path("api/v1/fonction/", api_function),
    path("api/v1/classe/", access(Role.CONTROLLER)(ApiView.as_view())),
]
