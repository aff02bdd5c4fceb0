"""Database connections cut and disks full amid what people do: nothing half done, nothing lost, the next try works."""

import http.client
import io
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from applications.models import Dossier, Payment
from applications.services import transitions
from portal.audit.models import Event as AuditEvent
from portal.audit.services import verify
from portal.documents.models import Document
from portal.notifications.models import Outbox
from tests.applications.journeys import ENGAGED, Journey
from tests.crashes.conftest import Duties, all_done, effects
from tests.crashes.servers import Portal, eventually

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BOUNDARY = "----crash"
ROOM = 20_000


def backends() -> list[int]:
    """Return the process ids of the sessions on the test's database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def cut(pids: list[int]) -> None:
    """Have the server end these sessions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [pids])


@contextmanager
def held_amid(name: str) -> Iterator[tuple[Event, Event]]:
    """Have `execute()` stop once it has written and before it commits: (it is there, let it go on)."""
    there, go = Event(), Event()
    append = transitions.append

    def slow(*args: Any, **kwargs: Any) -> Any:
        event = append(*args, **kwargs)
        if kwargs.get("name") == name:
            there.set()
            go.wait(20)
        return event

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transitions, "append", slow)
        yield there, go


def submission(journey: Journey) -> dict[str, Any]:
    revision = journey.dossier.revision
    return {"name": "submit", "actor": journey.owner, "expected_revision": revision, **ENGAGED}


def payment(journey: Journey) -> dict[str, Any]:
    told = {"reference": "VIR-1", "paid_on": journey.today}
    return {"name": "mark_paid", "actor": journey.payer, **told}


@pytest.mark.parametrize(("state", "act"), [("draft", submission), ("payment_approved", payment)])
def test_a_connection_cut_amid_an_act_leaves_no_trace_and_the_next_one_passes(
    state: str, act: Callable[[Journey], dict[str, Any]]
) -> None:
    journey, found = Journey().to(state), list[Exception]()
    asked = act(journey)
    version = journey.dossier.version

    def do() -> None:
        try:
            dossier = Dossier.objects.get(pk=journey.dossier.pk)
            transitions.execute(dossier=dossier, expected_version=version, now=journey.now, **asked)
        except Exception as error:  # noqa: BLE001 what came is looked at below
            found.append(error)
        finally:
            connection.close()

    before = (Outbox.objects.count(), AuditEvent.objects.count(), Payment.objects.count())
    with held_amid(asked["name"]) as (there, go):
        person = Thread(target=do)
        person.start()
        assert there.wait(20)
        cut(backends())
        go.set()
        person.join(30)
    assert [type(error) for error in found] == [OperationalError]
    journey.dossier.refresh_from_db()
    assert (journey.dossier.state, journey.dossier.version) == (state, version)
    assert (Outbox.objects.count(), AuditEvent.objects.count(), Payment.objects.count()) == before
    transitions.execute(dossier=journey.dossier, expected_version=version, now=journey.now, **asked)
    assert Payment.objects.count() == (asked["name"] == "mark_paid")
    assert not verify(journey.dossier.chain)


@pytest.mark.slow
def test_connections_cut_while_a_worker_rests_cost_no_duty(portal: Portal, duties: Duties) -> None:
    portal.worker("one")
    duties("first")
    eventually(lambda: all_done("first"))
    cut(backends())
    duties("second")
    eventually(lambda: all_done("second"))
    assert effects("second") == Outbox.objects.get(dedup_key="second").attempts == 1


def asked(port: int, client: Client, path: str, body: bytes = b"", kind: str = "") -> int:
    """Ask the web as a browser whose session is there; return the answer's code."""
    token = "a" * 32
    cookies = f"csrftoken={token}; sessionid={client.cookies['sessionid'].value}"
    headers = {"Cookie": cookies, "X-CSRFToken": token, "Host": "localhost"}
    if kind:
        headers["Content-Type"] = kind
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request("POST" if body else "GET", path, body=body or None, headers=headers)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


def deposit(content: bytes) -> tuple[bytes, str]:
    """Return the body and the type of a form that brings one file."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n--{BOUNDARY}\r\n'
    head += 'Content-Disposition: form-data; name="files"; filename="a.png"\r\nContent-Type: image/png'
    body = f"{head}\r\n\r\n".encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, f"multipart/form-data; boundary={BOUNDARY}"


@pytest.mark.slow
def test_the_web_answers_at_once_after_its_connections_were_cut(portal: Portal) -> None:
    journey, client = Journey(), Client()
    client.force_login(journey.owner)
    _, port = portal.web("web")
    page = reverse("company_home")
    assert asked(port, client, page) == 200
    cut(backends())
    assert [asked(port, client, page) for _ in range(6)] == [200] * 6


@pytest.mark.slow
@pytest.mark.twin
def test_without_a_look_at_connections_a_page_finds_them_dead(portal: Portal) -> None:
    client = Client()
    client.force_login(Journey().owner)
    _, port = portal.web("web", DIAGDM_CRASHES_TWIN="health")
    page = reverse("company_home")
    assert asked(port, client, page) == 200
    cut(backends())
    assert 500 in [asked(port, client, page) for _ in range(6)]


@pytest.mark.slow
def test_a_full_disk_keeps_nothing_of_a_file_and_says_so(portal: Portal) -> None:
    journey, client = Journey(), Client()
    client.force_login(journey.owner)
    web, port = portal.web("web")
    page = reverse("filing_piece_add", args=[journey.dossier.pk])
    body, kind = deposit(noise())
    count, kept = Document.objects.count(), [*(portal.folder / "files").rglob("*")]
    everyone = [web.process.pid, *children_of(web.process.pid)]
    for pid in everyone:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
    assert asked(port, client, page, body, kind) == 422
    assert Document.objects.count() == count
    assert [one for one in (portal.folder / "files").rglob("*") if one.is_file()] == kept
    for pid in everyone:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert asked(port, client, page, body, kind) == 302
    assert Document.objects.count() == count + 1


def noise() -> bytes:
    """Return a picture that no compression makes smaller than the room left."""
    kept = io.BytesIO()
    Image.frombytes("RGB", (200, 200), os.urandom(200 * 200 * 3)).save(kept, "PNG")
    return kept.getvalue()


def children_of(pid: int) -> list[int]:
    """Return the processes that one started."""
    with open(f"/proc/{pid}/task/{pid}/children") as told:  # noqa: PTH123
        return [int(one) for one in told.read().split()]
