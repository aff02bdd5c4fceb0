"""The endpoints: simulations, editions, and the schema that describes them."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts.access import public
from portal.clock import today
from tariffs import catalogue
from tariffs.api import schemas
from tariffs.api.base import PublicEndpoint
from tariffs.api.editions import edition_json, summary_json
from tariffs.api.parsers import CaseText

EXAMPLE = OpenApiExample(
    "Audits d’un DM de classe IIa",
    request_only=True,
    value={
        "volet": 5,
        "company": {
            "legal_form": "5710",
            "registered_in": "FR",
            "created_on": "2022-03-01",
            "headcount": 12,
            "turnover": "850000.00",
            "balance_sheet": "1200000.00",
            "in_difficulty": False,
            "tax_and_social_up_to_date": True,
            "shareholders": [],
        },
        "device": {"kind": "dm", "risk_class": "IIa", "digital_functions": True, "targets": ["lpp"]},
        "quote": {
            "signed": False,
            "lines": [{"item": "code_audit", "amount": "12000.00", "complexity": "medium"}],
        },
    },
)
THROTTLED = {429: schemas.ErrorBody}
REFUSALS = {400: schemas.ErrorBody, 413: schemas.ErrorBody, 415: schemas.ErrorBody, **THROTTLED}


def body_of(request: Request) -> bytes:
    """The bytes of the body; without one the framework gives an empty object, without asking the parser."""
    content = request.data
    return content.get("text", b"") if isinstance(content, dict) else b""


class Simulations(PublicEndpoint):
    """Evaluates a case; nothing is kept."""

    parser_classes = [CaseText]

    @extend_schema(
        operation_id="simulate",
        summary="Simuler une demande",
        description=(
            "Évalue un cas sous l’édition nommée, ou sous celle en vigueur à la date «\u00a0on\u00a0». "
            "Rien n’est enregistré. Les mêmes cas et les mêmes réponses que la commande `manage.py simulate`."
        ),
        request={"application/json": schemas.CaseBody},
        responses={200: schemas.EvaluationBody, **REFUSALS},
        examples=[EXAMPLE],
        tags=["simulations"],
    )
    def post(self, request: Request) -> Response:
        """Answer the evaluation of the case in the body, or the first field that can't be meant."""
        return Response(catalogue.evaluate_json(body_of(request), today=today()))


class Changes(PublicEndpoint):
    """Says what would change the answer to a case; nothing is kept."""

    parser_classes = [CaseText]

    @extend_schema(
        operation_id="simulate_changes",
        summary="Dire ce qui changerait la réponse",
        description=(
            "Pour chaque règle refusée ou en avertissement, la valeur la plus proche d’un seul fait avec laquelle "
            "la règle change, vérifiée par une nouvelle évaluation. `kind` dit s’il s’agit d’un choix, d’un "
            "événement à attendre ou d’un fait, qui est ou n’est pas. Un « from » et un « to » nuls, avec un "
            "`path` nul, accompagnent la phrase qui dit pourquoi aucun fait ne suffit."
        ),
        request={"application/json": schemas.CaseBody},
        responses={200: schemas.ChangesBody, **REFUSALS},
        examples=[EXAMPLE],
        tags=["simulations"],
    )
    def post(self, request: Request) -> Response:
        """Answer the changes for the case in the body, or the first field that can't be meant."""
        return Response({"changes": catalogue.changes_json(body_of(request), today=today())})


class Openings(PublicEndpoint):
    """Says what each volet would give for a case; nothing is kept."""

    parser_classes = [CaseText]

    @extend_schema(
        operation_id="simulate_openings",
        summary="Voir ce que chaque volet offre",
        description=(
            "Les cinq volets pour la même entreprise et le même dispositif, sans l’expert, le devis ni les pièces : "
            "ouvert, à examiner, à compléter ou fermé, et pourquoi ; `most` est la part de Bpifrance la plus haute."
        ),
        request={"application/json": schemas.SituationBody},
        responses={200: schemas.OpeningsBody, **REFUSALS},
        examples=[EXAMPLE],
        tags=["simulations"],
    )
    def post(self, request: Request) -> Response:
        """Answer the openings for the case in the body, or the first field that can't be meant."""
        return Response({"openings": catalogue.openings_json(body_of(request), today=today())})


class EditionList(PublicEndpoint):
    """The editions of the rulebook."""

    @extend_schema(
        operation_id="editions",
        summary="Lister les éditions",
        description="Les éditions publiées, de la plus ancienne à la plus récente.",
        responses={200: schemas.EditionListBody, **THROTTLED},
        tags=["editions"],
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Answer a line for each edition."""
        in_force = catalogue.edition_at(today())
        return Response(
            {"editions": [summary_json(edition, in_force) for edition in catalogue.editions().all]}
        )


class EditionDetail(PublicEndpoint):
    """One edition, with its ceilings, terms and rules."""

    @extend_schema(
        operation_id="edition",
        summary="Lire une édition",
        description="Plafonds, prix indicatifs, seuils, délais et règles d’une édition, avec leurs sources.",
        responses={200: schemas.EditionBody, 404: schemas.ErrorBody, **THROTTLED},
        tags=["editions"],
    )
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002
        """Answer the edition of that code, 404 where there is none."""
        try:
            edition = catalogue.get_edition(code)
        except KeyError:
            raise NotFound from None
        return Response(edition_json(edition, catalogue.edition_at(today())))


class Schema(SpectacularAPIView):
    """The OpenAPI description of the API."""

    authentication_classes: list[Any] = []

    @classmethod
    def view(cls) -> "Any":
        """The view for `urls.py`, open to everybody."""
        return public(cls.as_view())

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer the schema, as YAML or (format=json) JSON."""
        response: HttpResponseBase = super().get(request, *args, **kwargs)
        return response
