"""What every public endpoint shares: no session, JSON only, a throttle, and errors that name a path."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpResponseBase
from rest_framework import exceptions
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView, exception_handler

from portal.accounts.access import public
from tariffs.engine.facts import CaseError

SENTENCES: dict[type[Exception], str] = {
    exceptions.MethodNotAllowed: "Méthode refusée\u00a0: l’en-tête Allow dit lesquelles employer.",
    exceptions.UnsupportedMediaType: "Envoyez du JSON, avec l’en-tête Content-Type: application/json.",
    exceptions.Throttled: "Trop de demandes\u00a0: réessayez après le délai que donne l’en-tête Retry-After.",
    exceptions.NotFound: "Aucune édition ne porte ce code\u00a0: la liste est à l’adresse /api/v1/editions/.",
}


class TooLarge(exceptions.APIException):
    """The body is larger than a case can be."""

    status_code = 413
    default_detail = "Cette demande dépasse 256\u00a0Ko\u00a0: envoyez un seul cas à la fois."
    default_code = "too_large"


class PublicThrottle(AnonRateThrottle):
    """A generous limit by address, counted in the process so that the endpoint never needs the database."""

    scope = "public_api"
    rate = "600/min"
    cache = LocMemCache("public-api-throttle", {"OPTIONS": {"MAX_ENTRIES": 20_000}})


class AlwaysJson(DefaultContentNegotiation):
    """Answers JSON whatever the Accept header asks for."""

    def select_renderer(  # the framework's signature, whose Accept header is not read
        self,
        request: Request,  # noqa: ARG002
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,  # noqa: ARG002
    ) -> tuple[BaseRenderer, str]:
        """The JSON renderer."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


def error_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal as {"error": {"path", "message"}}; None lets what nobody foresaw become a 500."""
    if isinstance(exc, CaseError):
        return Response(exc.to_json(), status=400)
    response = exception_handler(exc, context)
    if response is not None:
        message = SENTENCES.get(type(exc)) or str(getattr(exc, "detail", exc))
        response.data = {"error": {"path": "", "message": message}}
    return response


class PublicEndpoint(APIView):
    """An endpoint open to everybody: sessions are not read, so it needs no CSRF token and sets no cookie."""

    authentication_classes = []
    permission_classes = [AllowAny]
    throttle_classes = [PublicThrottle]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AlwaysJson
    metadata_class = None
    http_method_names = ["get", "head", "post"]

    @classmethod
    def view(cls) -> Callable[..., HttpResponseBase]:
        """The view for `urls.py`, open to everybody."""
        return public(cls.as_view())

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """The handler that writes refusals."""
        return error_response
