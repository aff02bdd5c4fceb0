"""Bodies that arrive broken, half-way or not as they say: nothing is kept, nothing fails, the next file comes in."""

import socket
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from portal.documents.models import Document
from tests.applications.factories import DossierFactory
from tests.portal.documents.makers import SOUND

BOUNDARY = "----dm"
TOKEN = "a" * 32


def part(name, value, *, filename="", declared="application/pdf"):
    """Return one part of a form."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
    head += f'; filename="{filename}"\r\nContent-Type: {declared}' if filename else ""
    return head.encode() + b"\r\n\r\n" + value + b"\r\n"


WHOLE = (
    part("kind", b"other") + part("files", SOUND["pdf"], filename="a.pdf") + f"--{BOUNDARY}--\r\n".encode()
)
BROKEN = {
    "no boundary said": ("multipart/form-data", WHOLE),
    "another boundary said": ("multipart/form-data; boundary=autre", WHOLE),
    "boundary of a strange length": (f"multipart/form-data; boundary={'x' * 500}", WHOLE),
    "no end": (f"multipart/form-data; boundary={BOUNDARY}", WHOLE[: len(WHOLE) // 2]),
    "no headers of parts": (
        f"multipart/form-data; boundary={BOUNDARY}",
        b"--" + BOUNDARY.encode() + b"\r\n\r\nx",
    ),
    "no file in the file": (f"multipart/form-data; boundary={BOUNDARY}", part("files", b"text")),
    "not a form": ("application/json", b'{"kind": "other"}'),
    "zero bytes": (f"multipart/form-data; boundary={BOUNDARY}", b"\0" * 2000),
    "a broken encoding": (
        f"multipart/form-data; boundary={BOUNDARY}",
        WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"),
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_body_keeps_nothing_and_fails_in_nothing(dossier, signed_in, case):
    content_type, body = BROKEN[case]
    count = Document.objects.count()
    url = reverse("filing_piece_add", args=[dossier.pk])
    response = signed_in.generic("POST", url, body, content_type=content_type)
    assert response.status_code in {302, 400, 422}
    assert Document.objects.count() == count


@pytest.mark.django_db
@pytest.mark.parametrize(
    "declared", ["text/html", "image/svg+xml", "application/x-msdownload", "", "x" * 300]
)
def test_what_the_browser_declares_is_not_read(dossier, signed_in, declared):
    body = WHOLE.replace(b"application/pdf", declared.encode())
    url = reverse("filing_piece_add", args=[dossier.pk])
    response = signed_in.generic("POST", url, body, content_type=f"multipart/form-data; boundary={BOUNDARY}")
    assert response.status_code == 302
    assert dossier.documents.get(kind="other").document.content_type == "application/pdf"


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_half_way_keeps_nothing_and_the_next_file_comes_in(live_server):
    dossier = DossierFactory()
    client = Client()
    client.force_login(dossier.created_by)
    count = Document.objects.count()
    address = urlsplit(live_server.url)
    path = reverse("filing_piece_add", args=[dossier.pk])
    session = client.cookies["sessionid"].value
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n"
        f"Cookie: sessionid={session}; csrftoken={TOKEN}\r\nX-CSRFToken: {TOKEN}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n"
        f"Content-Length: %d\r\n\r\n"
    )

    def send(body, length):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall((head % length).encode() + body)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(4096):
                answer += piece
        return answer

    answer = send(WHOLE[: len(WHOLE) // 2], len(WHOLE) * 2)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert Document.objects.count() == count
    assert send(WHOLE, len(WHOLE)).startswith(b"HTTP/1.1 302")
    assert Document.objects.count() == count + 1
