"""What stands before every view: no cache for who is signed in, and the second factor that some roles owe."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from portal.accounts.second_factor import answer_until_set_up


class NoStoreMiddleware:
    """Answers a signed-in person with `Cache-Control: no-store`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's answer, which no cache may keep when its reader is signed in."""
        # Asked before the view: a person who signs out still leaves nothing behind.
        signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if signed_in or request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        return response


class SecondFactorMiddleware:
    """Opens nothing but the pages that set a second factor up to a person whose role asks for one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the view's answer."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        """Answer in the view's place while the factor is owed."""
        return answer_until_set_up(request)
