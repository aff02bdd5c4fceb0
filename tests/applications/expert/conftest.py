"""A journey whose clock the pages follow, and the ways an expert sends things."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pypdf import PdfWriter

from portal import clock
from tests.applications.journeys import Journey

Start = Callable[..., Journey]


@pytest.fixture
def journey(db: None, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return a maker of journeys; from then on the portal's clock is the journey's."""

    def start(state: str, **fields: Any) -> Journey:
        made = Journey(**fields).to(state)
        monkeypatch.setattr(clock, "now", lambda: made.now)
        return made

    return start


@pytest.fixture
def desk(client: Client) -> Callable[[Journey], Client]:
    """Return a client signed in as the journey's expert."""

    def sign_in(made: Journey) -> Client:
        client.force_login(made.expert)
        return client

    return sign_in


def _blank_page() -> bytes:
    writer, target = PdfWriter(), BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(target)
    return target.getvalue()


PDF = _blank_page()


def pdf(name: str = "piece.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def post(client: Client, made: Journey, name: str, *more: Any, **data: Any) -> Any:
    """Send one of the mission's forms as the page shown now would."""
    made.dossier.refresh_from_db()
    address = reverse(name, args=[made.mission.pk, *more])
    return client.post(address, {"version": str(made.dossier.version), **data})


def page(desk: Any, made: Journey) -> str:
    """Return the page of the mission."""
    answer = desk(made).get(reverse("mission_detail", args=[made.mission.pk]))
    assert answer.status_code == 200
    return str(answer.content.decode())
