"""The id of a request: whose word is taken for it, and where it is shown when something fails."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError, connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from diagdm import urls as ours
from portal.accounts.access import public
from portal.operations import errors

GIVEN = "0123456789abcdef" * 2
MADE = re.compile(r"[0-9a-f]{32}")
ERRORS = {"500": RuntimeError, "400": SuspiciousOperation, "403": PermissionDenied, "db": OperationalError}


@public
def failing(_request: HttpRequest, kind: str) -> HttpResponse:
    """Fail in the way asked for."""
    raise ERRORS[kind]("canari")


# The portal's own addresses, which the pages' header and foot name, and one that fails.
handler400, handler404, handler500 = ours.handler400, ours.handler404, ours.handler500
urlpatterns = [*ours.urlpatterns, path("essai/<str:kind>/", failing), path("api/essai/<str:kind>/", failing)]


@pytest.mark.parametrize(
    ("given", "proxies", "taken"),
    [
        (GIVEN, 1, True),
        ("01234567-89ab-cdef-0123-456789abcdef", 1, True),
        (GIVEN, 0, False),
        ("canari-martin", 1, False),
        (GIVEN + "0", 1, False),
        (GIVEN.upper(), 1, False),
        (f"{GIVEN}\n", 1, False),
        ("", 1, False),
    ],
)
def test_only_a_well_formed_id_from_our_proxy_is_taken(
    client: Client, settings: Any, given: str, proxies: int, taken: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    shown = client.get("/sante/vivant", headers={"x-request-id": given}).headers["X-Request-ID"]
    assert (shown == given) is taken
    assert taken or MADE.fullmatch(shown)


def test_two_requests_have_two_ids(client: Client) -> None:
    ids = {client.get("/sante/vivant").headers["X-Request-ID"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("400", 400), ("403", 403), ("db", 500)])
def test_an_error_page_gives_the_reference_of_the_incident(kind: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(f"/essai/{kind}/")
    page = unescape(answer.content.decode())
    assert answer.status_code == status
    assert "Référence de l’incident" in page
    assert answer.headers["X-Request-ID"] in page
    assert ("canari" in page) is (kind == "403"), "only a refusal's own sentence is shown"


@pytest.mark.urls(__name__)
@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status"), [("500", 500), ("400", 400), ("db", 500)])
def test_an_error_of_the_api_gives_it_too(kind: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(f"/api/essai/{kind}/")
    told = answer.json()["error"]
    assert answer.status_code == status
    assert told["reference"] == answer.headers["X-Request-ID"]
    assert "canari" not in answer.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_of_the_api_is_told_in_json(client: Client) -> None:
    answer = client.get("/api/v1/nulle-part/")
    assert answer.status_code == 404
    assert answer.json()["error"]["reference"] == answer.headers["X-Request-ID"]


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_the_page_of_a_failure_reads_no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session of who is signed in can't be read when the database is down: the page is whole all the same."""
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "x" * 32

    def down(*_: Any, **__: Any) -> None:
        raise OperationalError("canari")

    monkeypatch.setattr(type(connections["default"]), "cursor", down)
    answer = client.get("/essai/500/")
    page = unescape(answer.content.decode())
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in page
    assert "</html>" in page
    assert "canari" not in page


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_an_error_page_that_fails_itself_gives_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> str:
        raise ValueError("canari")

    monkeypatch.setattr(errors, "render_to_string", broken)
    answer = Client(raise_request_exception=False).get("/essai/500/")
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["X-Request-ID"] in page, "canari" in page) == (
        500,
        True,
        False,
    )
