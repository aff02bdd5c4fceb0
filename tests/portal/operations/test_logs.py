"""What production's log holds: JSON lines with ids, and not one word that a person gave."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
import structlog
from celery.signals import before_task_publish
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from diagdm import urls as ours
from portal import privacy
from portal.accounts.access import public
from portal.notifications import outbox
from portal.operations import logs

CANARY = "canari"
IBAN = "FR14 2004 1010 0505 0001 3M02 606"
logger = logging.getLogger("portal.test")


# --- Views that go wrong ------------------------------------------------------------------------------
class CanariError(Exception):
    """Raised with what a person gave."""


@public
def failing(request: HttpRequest, word: str) -> HttpResponse:
    """Log, then fail, with all that was received."""
    logger.warning("work on %s failed for %s after %s", 42, ValueError(f"{CANARY} {word}"), [word])
    try:
        int(request.POST.get("name", word))
    except ValueError as error:
        raise CanariError(f"{word} {request.GET} {IBAN}") from error
    return HttpResponse()


urlpatterns = [*ours.urlpatterns, path("essai/<str:word>/", failing, name="failing")]
handler400, handler404, handler500 = ours.handler400, ours.handler404, ours.handler500


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Log as production does, into memory; give what reads the lines so far."""
    stream = io.StringIO()
    wanted = logs.configuration(as_json=True, level="DEBUG")
    wanted["handlers"]["console"]["stream"] = stream
    root, kept = logging.getLogger(), logging.getLogger().handlers[:]
    level = root.level
    logging.config.dictConfig(wanted)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.config.dictConfig(settings.LOGGING)
    root.handlers[:] = kept
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def words_of(told: list[dict[str, Any]]) -> str:
    return json.dumps(told, ensure_ascii=False).lower()


# --- Canaries -----------------------------------------------------------------------------------------
@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_request_full_of_personal_data_leaves_none(lines: Any) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["nom"] = f"{CANARY}-biscuit"
    answer = client.post(
        f"/essai/{CANARY}-chemin/?nom={CANARY}-question&mail={CANARY}@exemple.fr",
        {"name": f"{CANARY}-corps", "iban": IBAN},
        headers={
            "user-agent": f"{CANARY}-agent",
            "referer": f"https://{CANARY}.example/",
            "x-request-id": f"{CANARY}-id",
            "authorization": f"Bearer {CANARY}",
        },
        REMOTE_ADDR="203.0.113.77",
    )
    told = lines()
    assert answer.status_code == 500
    written = words_of(told)
    assert CANARY not in written.replace("canarierror", "")
    assert "fr14" not in written
    assert "203.0.113.77" not in written
    (request,) = [one for one in told if one["event"] == "request"]
    assert {key: request[key] for key in ("method", "view", "status", "request_id")} == {
        "method": "POST",
        "view": "failing",
        "status": 500,
        "request_id": answer.headers["X-Request-ID"],
    }
    # Where it went wrong is told: types, modules, lines and functions, of the cause too.
    (failure,) = [one for one in told if "traceback" in one]
    assert [one["type"] for one in failure["traceback"]] == ["CanariError", "ValueError"]
    assert failure["traceback"][0]["at"][-1].startswith(f"{__name__}:")
    assert failure["request_id"] == request["request_id"]
    assert any("work on 42 failed for ValueError" in one["event"] for one in told)


@pytest.mark.django_db
@pytest.mark.parametrize("address", [f"/{CANARY}/?q={CANARY}", f"/%0a{CANARY}"])
def test_an_unknown_address_is_not_written(client: Client, lines: Any, address: str) -> None:
    client.get(address)
    assert CANARY not in words_of(lines())
    assert lines()[-1]["view"] == "unknown address"


@pytest.mark.django_db
def test_a_wrong_host_is_not_written(lines: Any) -> None:
    Client(raise_request_exception=False).get("/", headers={"host": f"{CANARY}.example"})
    assert CANARY not in words_of(lines())
    assert any(one["event"] == "refused: DisallowedHost" for one in lines())


def test_a_key_that_nobody_vouched_for_is_dropped(lines: Any) -> None:
    structlog.stdlib.get_logger("portal.test").info("told", email=f"{CANARY}@exemple.fr", status=200)
    (one,) = lines()
    assert (one["event"], one["status"]) == ("told", 200)
    assert CANARY not in words_of([one])


@pytest.mark.parametrize(
    "said",
    [
        f"refused '{CANARY}'",
        f'value "{CANARY} martin"',
        f"to {CANARY}@exemple.fr now",
        f"GET https://portail.example/{CANARY}",
        f"called « {CANARY} »",
    ],
)
def test_a_librarys_own_sentence_loses_what_it_quotes(lines: Any, said: str) -> None:
    logging.getLogger("some.library").warning(said)
    assert CANARY not in words_of(lines())


def test_the_exception_of_a_library_and_its_values_are_dropped(lines: Any) -> None:
    error = CanariError(CANARY)
    logging.getLogger("some.library").error("%s of %d went wrong", CANARY, 3, exc_info=error)
    logging.getLogger("some.library").error("%(name)s, %(size)d", {"name": CANARY, "size": 3})
    assert CANARY not in words_of(lines()).replace("canarierror", "")
    assert lines()[0]["traceback"][0]["type"] == "CanariError"


# --- What stays readable ------------------------------------------------------------------------------
def test_a_line_says_when_who_and_what(lines: Any) -> None:
    document = uuid4()
    logger.info("document %s scanned by outbox %s: %s", document, 7, "clean")
    (one,) = lines()
    assert one["event"] == f"document {document} scanned by outbox 7: clean"
    assert one["level"] == "info"
    assert one["logger"] == "portal.test"
    assert one["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("SMTPRecipientsRefused: ada@exemple.fr", "SMTPRecipientsRefused: […]"),
        (f"account {IBAN} is closed", "account […] is closed"),
        ("call 06 12 34 56 78 or +33612345678", "call […] or […]"),
        ("company 732829320", "company […]"),
        ("outbox 1234 at 12:30 on 2026-11-21", "outbox 1234 at 12:30 on 2026-11-21"),
        ("serveur injoignable", "serveur injoignable"),
    ],
)
def test_what_is_taken_off_a_sentence(text: str, kept: str) -> None:
    assert privacy.scrub(text) == kept


def test_an_error_that_is_kept_loses_what_a_person_gave() -> None:
    told = privacy.told_error(ValueError("no 'Ada Martin' at ada@exemple.fr\x00"))
    assert told == "ValueError: no […] at […]"


# --- From a request to its tasks ------------------------------------------------------------------------
def test_a_task_bears_the_id_of_its_request_and_nothing_else() -> None:
    context = {"request_id": "a" * 32, "user_id": 3, "email": CANARY, "task_id": "x"}
    logs.keep_ids(context=context)
    assert context == {"request_id": "a" * 32, "user_id": 3}


def test_the_doorbell_passes_the_id_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_doorbell", outbox._Doorbell())
    sent: list[Any] = []

    def look(headers: dict[str, Any], **_: Any) -> None:
        sent.append(headers["__django_structlog__"])

    before_task_publish.connect(look)
    structlog.contextvars.bind_contextvars(request_id="b" * 32, secret=CANARY)
    try:
        outbox.ring(1, "email")
    finally:
        before_task_publish.disconnect(look)
        structlog.contextvars.clear_contextvars()
    assert sent == [{"request_id": "b" * 32}]
