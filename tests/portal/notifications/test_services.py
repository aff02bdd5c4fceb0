"""Telling people: inbox and e-mail, once each, and nothing to who may not be told any more."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail

from portal.notifications import outbox, services
from portal.notifications.mail import message_id
from portal.notifications.models import Notification, Outbox

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def tell(*users, event_ref="chain:1:3", **more):
    """Tell these people about one event."""
    values = {
        "kind": "decision",
        "title": "Votre demande est acceptée",
        "body": "Le contrat vous parviendra sous peu.",
        "url": "/demandes/1/",
        "action": "Lire la décision",
        "family": "progress",
        "blocking": True,
        "subject": ("dossier:1", "DM-2026-00001"),
        "event_ref": event_ref,
        "now": NOW,
    } | more
    services.notify(recipients=users, **values)


def test_each_person_gets_one_line_and_one_message_however_often_it_is_said(make_user):
    ada, bob = make_user(), make_user("bob@example.fr")
    tell(ada, bob)
    tell(ada, bob)
    assert outbox.drain(NOW) == 4
    tell(ada)
    assert outbox.drain(NOW) == 0
    assert Notification.objects.count() == 2
    assert sorted(message.to[0] for message in mail.outbox) == ["ada@example.fr", "bob@example.fr"]
    line = Notification.objects.get(recipient=ada)
    assert (line.title, line.url, line.created_at) == ("Votre demande est acceptée", "/demandes/1/", NOW)


def test_the_message_has_text_html_one_link_and_a_lasting_identifier(make_user, settings):
    settings.PORTAL_URL = "https://portail.example"
    tell(make_user(), title="Titre\nsur deux lignes & plus")
    outbox.drain(NOW)
    (message,) = mail.outbox
    row = Outbox.objects.get(kind="email")
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert message.subject == "Titre sur deux lignes & plus"
    assert "& plus" in message.body
    assert "https://portail.example/demandes/1/" in message.body
    assert html.count("<a ") == 1
    assert 'href="https://portail.example/demandes/1/"' in html
    assert "&amp; plus" in html
    assert ">Lire la décision</a>" in html
    # Only the rules for a dark screen stay in the head: the others are written into the tags.
    assert [
        rules.split("{")[0].strip() for rules in re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)
    ] == ["@media (prefers-color-scheme: dark)"]
    assert message.extra_headers["References"] == "<dossier-1@portail.example>"
    assert message.extra_headers["Message-ID"] == message_id(row.pk, row.dedup_key)
    assert message.message()["Message-ID"].endswith("@portail.example>")


def test_a_message_tried_again_keeps_its_identifier(make_user, monkeypatch):
    tell(make_user())
    sent = []

    def lose_the_answer(self):
        sent.append(self.extra_headers["Message-ID"])
        if len(sent) == 1:
            raise TimeoutError("no answer")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", lose_the_answer)
    outbox.drain(NOW)
    assert outbox.drain(NOW + outbox.back_off(1)) == 1
    assert len(sent) == 2
    assert len(set(sent)) == 1


def test_a_closed_account_gets_nothing(make_user):
    ada = make_user()
    tell(ada)
    ada.is_active = False
    ada.save()
    outbox.drain(NOW)
    assert not Notification.objects.exists()
    assert mail.outbox == []


def test_an_account_closed_between_inbox_and_message_gets_no_message(make_user):
    ada = make_user()
    tell(ada)
    outbox.work(Outbox.objects.get(kind="notify").pk, NOW)
    ada.is_active = False
    ada.save()
    assert outbox.drain(NOW) == 1
    assert mail.outbox == []


def only_bob(user, *, kind, url, event_ref):
    """Give the right to one person only, as a policy would."""
    return user.email.startswith("bob") and url == "/demandes/1/"


def test_who_lost_the_right_gets_nothing(make_user, settings):
    settings.NOTIFICATION_POLICY = f"{__name__}.only_bob"
    tell(make_user(), make_user("bob@example.fr"))
    outbox.drain(NOW)
    assert [message.to for message in mail.outbox] == [["bob@example.fr"]]


def test_a_plain_message_is_sent_once_and_then_forgotten(make_user):
    asked = {
        "to": "inconnue@example.fr",
        "subject": "Invitation",
        "template": "notifications/email",
        "context": {"title": "Rejoignez-nous", "action_url": "https://x.example/secret"},
        "dedup_key": "invitation:1",
        "now": NOW,
    }
    assert services.send_email(**asked) is True
    assert services.send_email(**asked) is False
    outbox.drain(NOW)
    assert "https://x.example/secret" in mail.outbox[0].body
    assert Outbox.objects.get().payload == {}


def test_a_plain_message_to_a_closed_account_is_not_sent(make_user):
    make_user("close@example.fr", is_active=False)
    services.send_email(
        to="Close@example.fr", subject="x", template="notifications/email", context={}, dedup_key="x", now=NOW
    )
    assert outbox.drain(NOW) == 1
    assert mail.outbox == []


def test_unread_and_read(make_user):
    ada, bob = make_user(), make_user("bob@example.fr")
    tell(ada, bob)
    tell(ada, event_ref="chain:1:4")
    outbox.drain(NOW)
    assert (services.unread_count(ada), services.unread_count(bob)) == (2, 1)
    assert services.unread_count(AnonymousUser()) == 0
    services.mark_read(user=ada, now=NOW, notification=Notification.objects.filter(recipient=ada).first())
    assert services.unread_count(ada) == 1
    services.mark_read(user=bob, now=NOW, notification=Notification.objects.filter(recipient=ada).last())
    assert (services.unread_count(ada), services.unread_count(bob)) == (1, 1)
    services.mark_read(user=ada, now=NOW)
    assert (services.unread_count(ada), services.unread_count(bob)) == (0, 1)
