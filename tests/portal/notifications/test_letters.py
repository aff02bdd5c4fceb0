"""What e-mails look like: one action, the same content in text and HTML, rules every mail client reads; snapshots."""

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.utils.html import strip_tags
from syrupy.assertion import SnapshotAssertion

from applications.services.announcements import _url
from applications.services.notices import NOTICES, REMINDERS, Notice
from portal.accounts.models import User
from portal.accounts.sealing import seal
from portal.notifications import outbox, services
from tests.applications.journeys import Journey

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
EIGHT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
WORDS = {
    "number": "DM-2026-000012",
    "company": "Cardiolog",
    "volet": "2",
    "expert": "Cabinet Norme",
    "due_on": "30 novembre 2026",
    "term": "31 mai 2027",
    "state": "",
    "officer": "Olivia Renard",
    "motive": "Rééquilibrage des charges.",
    "extension": "Le terme ne peut pas être prolongé.",
}
EVERY = [
    pytest.param(notice, id=f"{name}-{notice.audience.value}")
    for table in (NOTICES, REMINDERS)
    for name, notices in table.items()
    for notice in notices
]
PLAIN = {
    "accounts/email/invitation": {
        "invited_by": "Ada Martin",
        "organisation": "Cardiolog",
        "sealed_link": "x",
    },
    "accounts/email/set_password": {"full_name": "Ada Martin", "sealed_link": "x"},
    "accounts/email/letter": {"sealed_body": "x"},
    "accounts/email/notice": {
        "full_name": "Ada Martin",
        "lines": ["Une première ligne."],
        "label": "Ouvrir",
        "link": "https://portail.example/",
    },
    "company/email/sign_code": {"what": "le contrat", "number": "DM-2026-000012", "sealed_code": "x"},
}
SEALED = {
    "sealed_link": "https://portail.example/secret/",
    "sealed_body": "Bonjour.",
    "sealed_code": "123456",
}


@pytest.fixture(autouse=True)
def portal(settings: Any) -> None:
    """Give the portal a name, and everybody the right to be told."""
    settings.PORTAL_URL = "https://portail.example"
    settings.NOTIFICATION_POLICY = None


def faults_of(page: str) -> list[str]:
    """Return what a common mail client would not show, or not as it is meant."""
    kept = re.sub(r"<style[^>]*>.*?</style>", "", page, flags=re.DOTALL)
    rules = {
        "class without its rules": re.search(r"<(td|h1|p)(?![^>]*style=)[^>]*class=", kept),
        "flex or grid": re.search(r"display:\s*(flex|grid)", kept),
        "image": re.search(r"<img|background-image|url\(", page),
        "script or form": re.search(r"<(script|form|link)\b", page),
        "variable": "var(" in page,
        "no width": 'width="600"' not in page,
        "no dark colours": "prefers-color-scheme: dark" not in page,
    }
    return [name for name, found in rules.items() if found]


def shown(page: str) -> str:
    """Return the words of a page."""
    return html.unescape(strip_tags(page))


def links_of(page: str) -> list[tuple[str, str]]:
    """Return every link as (address, words)."""
    return re.findall(r'<a [^>]*href="([^"]+)"[^>]*>([^<]*)</a>', page)


def told(notice: Notice, url: str = "/demandes/1/") -> dict[str, Any]:
    """Return what is asked of `notify` for one notice."""
    return {
        "kind": "test",
        "title": notice.title.format(**WORDS),
        "body": notice.body.format(**WORDS),
        "url": url,
        "action": notice.link,
        "family": "progress",
        "blocking": notice.blocking,
        "subject": ("dossier:12", WORDS["number"]),
        "event_ref": "dossier:12:3",
        "now": NOW,
    }


@pytest.mark.parametrize("notice", EVERY)
def test_every_notice_has_its_number_one_action_and_ends_its_sentences(notice: Notice) -> None:
    title, body = notice.title.format(**WORDS), notice.body.format(**WORDS)
    assert WORDS["number"] in f"{title} {body}"
    assert 3 < len(notice.link) <= 80
    assert notice.link[0].isupper()
    assert not notice.link.endswith(".")
    assert body.endswith((".", "!", "?"))
    assert len(title) <= 200


@pytest.mark.django_db
@pytest.mark.parametrize("audience", ["company", "expert", "firms", "officer", "managers", "controllers"])
def test_every_audience_is_led_to_a_page_of_its_own(audience: str) -> None:
    journey = Journey().to("in_progress")
    notice = next(param.values[0] for param in EVERY if param.values[0].audience.value == audience)
    page = {"company": "/demandes/", "expert": "/expert/missions/", "firms": "/expert/missions/"}
    assert _url(notice, journey.dossier, journey.mission).startswith(page.get(audience, "/gestion/dossiers/"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["send_contract", "request_completion", "take"])
def test_a_notice_as_its_reader_gets_it(name: str, snapshot: SnapshotAssertion) -> None:
    user = User.objects.create_user("ada@example.fr", full_name="Ada Martin")
    with time_machine.travel(NOW, tick=False):
        services.notify(recipients=[user], **{**told(NOTICES[name][0]), "blocking": True})
        outbox.drain(NOW)
    (message,) = mail.outbox
    page = message.alternatives[0][0]
    assert not faults_of(page)
    assert len(links_of(page)) == 1
    for words in (message.subject, NOTICES[name][0].body.format(**WORDS), NOTICES[name][0].link):
        assert words in message.body
        assert words in shown(page)
    assert "https://portail.example/demandes/1/" in message.body
    assert (message.subject, message.body) == snapshot
    assert page == snapshot


@pytest.mark.django_db
def test_a_daily_email_as_its_reader_gets_it(snapshot: SnapshotAssertion) -> None:
    user = User.objects.create_user("ada@example.fr", full_name="Ada Martin", pk=4096)
    with time_machine.travel(NOW, tick=False):
        for number, name in enumerate(("take", "approve", "start_work")):
            more = {"event_ref": f"dossier:12:{number}", "blocking": False}
            services.notify(recipients=[user], **{**told(NOTICES[name][0]), **more})
        outbox.drain(NOW)
    with time_machine.travel(EIGHT, tick=False):
        outbox.drain(EIGHT)
    (message,) = mail.outbox
    page = message.alternatives[0][0]
    assert not faults_of(page)
    assert [words for _address, words in links_of(page)] == [
        "Voir ma demande",
        "Voir ma demande",
        "Voir ma demande",
        "Choisir les courriels que je reçois",
        "Ne plus recevoir ce courriel quotidien",
    ]
    for name in ("take", "approve", "start_work"):
        said = NOTICES[name][0].title.format(**WORDS)
        assert said in message.body
        assert said in shown(page)
    hide = re.compile(r"desabonnement/[^/]+/")
    assert hide.sub("desabonnement/…/", message.body) == snapshot
    assert hide.sub("desabonnement/…/", page) == snapshot


@pytest.mark.django_db
@pytest.mark.parametrize("template", PLAIN)
def test_the_other_emails_wear_the_same_clothes(template: str) -> None:
    context = {
        name: seal(SEALED[name]) if name in SEALED else value for name, value in PLAIN[template].items()
    }
    services.send_email(
        to="ada@example.fr", subject="Un objet", template=template, context=context, dedup_key="x", now=NOW
    )
    outbox.drain(NOW)
    (message,) = mail.outbox
    page = message.alternatives[0][0]
    assert not faults_of(page)
    assert len(links_of(page)) <= 1
    for address, _words in links_of(page):
        assert address in message.body
