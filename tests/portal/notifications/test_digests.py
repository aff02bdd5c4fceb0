"""The daily e-mail: at eight in Paris, one a person and a day, of what is unread; and how one is told at all."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from portal.clock import PARIS
from portal.notifications import digests, outbox, preferences, services
from portal.notifications.models import Delivery, Notification, Outbox, Preference

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
NEXT_EIGHT = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    """Let the time stand at NOW until a test moves it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def tell(*users, ref="dossier:1:3", at=NOW, **more):
    """Tell these people about one event, and have their inbox written."""
    number = ref.split(":")[1]
    values = {
        "kind": "take",
        "title": f"Demande {ref} en cours d’étude",
        "body": "Un chargé d’affaires étudie votre demande.",
        "url": f"/demandes/{number}/",
        "action": "Voir ma demande",
        "family": "progress",
        "subject": (f"dossier:{number}", f"DM-{number}"),
        "event_ref": ref,
        "now": at,
    } | more
    services.notify(recipients=users, **values)
    outbox.drain(at)


def sent_at(clock, when):
    """Return what leaves when the time comes."""
    mail.outbox.clear()
    clock.move_to(when)
    outbox.drain(when)
    return list(mail.outbox)


@pytest.fixture(autouse=True)
def everybody_may_be_told(settings):
    settings.NOTIFICATION_POLICY = None


@pytest.mark.parametrize(
    ("told_at", "leaves_at"),
    [
        ("2026-11-20T07:59:59+01:00", "2026-11-20T08:00:00+01:00"),
        ("2026-11-20T08:00:00+01:00", "2026-11-21T08:00:00+01:00"),
        ("2026-11-20T23:30:00+00:00", "2026-11-21T08:00:00+01:00"),
        # The night of 25 October 2026 has 25 hours, the one of 28 March 2027 has 23.
        ("2026-10-24T09:00:00+02:00", "2026-10-25T08:00:00+01:00"),
        ("2026-10-25T00:30:00+00:00", "2026-10-25T08:00:00+01:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T08:00:00+01:00"),
        ("2027-03-27T09:00:00+01:00", "2027-03-28T08:00:00+02:00"),
        ("2027-03-28T01:30:00+00:00", "2027-03-28T08:00:00+02:00"),
        ("2026-12-31T12:00:00+01:00", "2027-01-01T08:00:00+01:00"),
    ],
)
def test_the_next_email_leaves_at_eight_in_paris(told_at, leaves_at):
    slot = digests.next_slot(datetime.fromisoformat(told_at))
    assert slot == datetime.fromisoformat(leaves_at)
    assert slot.astimezone(PARIS).hour == 8


def test_what_waits_for_the_reader_leaves_at_once_and_the_rest_together_once(make_user, clock):
    ada = make_user()
    tell(ada, ref="dossier:1:3")
    tell(ada, ref="dossier:1:4")
    tell(ada, ref="dossier:2:1")
    assert mail.outbox == []
    tell(ada, ref="dossier:1:5", blocking=True)
    assert len(mail.outbox) == 1
    assert sent_at(clock, NEXT_EIGHT - timedelta(seconds=1)) == []
    (message,) = sent_at(clock, NEXT_EIGHT)
    assert message.subject == "3 nouvelles – DM-1, DM-2"
    html = message.alternatives[0][0]
    for ref in ("dossier:1:3", "dossier:1:4", "dossier:2:1"):
        assert f"Demande {ref} en" in message.body
        assert f"Demande {ref} en" in html
    assert "dossier:1:5" not in message.body
    assert html.count(">Voir ma demande</a>") == 3
    assert Notification.objects.filter(emailed_at=NEXT_EIGHT).count() == 3
    assert sent_at(clock, NEXT_EIGHT + DAY) == []


def test_each_day_has_its_own_email_and_a_lasting_identifier(make_user, clock, settings):
    settings.PORTAL_URL = "https://portail.example"
    ada = make_user()
    tell(ada)
    (first,) = sent_at(clock, NEXT_EIGHT)
    tell(ada, ref="dossier:1:4", at=NEXT_EIGHT)
    (second,) = sent_at(clock, NEXT_EIGHT + DAY)
    assert first.subject == "Demande dossier:1:3 en cours d’étude"
    assert "dossier:1:3" not in second.body
    identifiers = {one.extra_headers["Message-ID"] for one in (first, second)}
    assert len(identifiers) == 2
    assert {one.extra_headers["References"] for one in (first, second)} == {"<dossier-1@portail.example>"}
    assert list(
        Outbox.objects.filter(kind="digest").order_by("due_at").values_list("dedup_key", flat=True)
    ) == [
        f"digest:{ada.pk}:2026-11-21",
        f"digest:{ada.pk}:2026-11-22",
    ]


def test_nothing_leaves_when_all_was_read_meanwhile(make_user, clock):
    ada = make_user()
    tell(ada)
    services.mark_read(user=ada, now=NOW)
    assert sent_at(clock, NEXT_EIGHT) == []
    assert Outbox.objects.get(kind="digest").done_at == NEXT_EIGHT


def test_what_was_read_is_not_told_and_the_rest_is(make_user, clock):
    ada = make_user()
    tell(ada)
    services.mark_read(user=ada, now=NOW)
    tell(ada, ref="dossier:2:1")
    (message,) = sent_at(clock, NEXT_EIGHT)
    assert "dossier:1:3" not in message.body
    assert "dossier:2:1" in message.body


def test_a_notice_worked_late_waits_for_the_next_email(make_user, clock):
    """A worker that wakes after eight with yesterday's event sends no second e-mail for that day."""
    ada = make_user()
    tell(ada)
    services.notify(
        recipients=[ada],
        kind="take",
        title="Tard",
        body="",
        url="/",
        action="Ouvrir",
        family="progress",
        event_ref="dossier:9:1",
        now=NOW,
    )
    Outbox.objects.filter(kind="notify", done_at=None).update(locked_until=NEXT_EIGHT + timedelta(minutes=5))
    (first,) = sent_at(clock, NEXT_EIGHT)
    assert "Tard" not in first.body
    assert sent_at(clock, NEXT_EIGHT + timedelta(minutes=10)) == []
    (second,) = sent_at(clock, NEXT_EIGHT + DAY)
    assert second.subject == "Tard"


def test_an_email_that_fails_is_tried_again_with_what_is_still_unread(make_user, clock, monkeypatch):
    ada = make_user()
    tell(ada)

    def refuse(self):
        raise TimeoutError("no answer")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        assert sent_at(clock, NEXT_EIGHT) == []
    assert Notification.objects.get().emailed_at is None
    (message,) = sent_at(clock, NEXT_EIGHT + timedelta(minutes=2))
    assert "dossier:1:3" in message.body
    assert sent_at(clock, NEXT_EIGHT + timedelta(hours=1)) == []


def test_a_closed_account_gets_no_daily_email(make_user, clock):
    ada = make_user()
    tell(ada)
    ada.is_active = False
    ada.save()
    assert sent_at(clock, NEXT_EIGHT) == []


def test_a_right_lost_since_yesterday_is_lost_in_the_email_too(make_user, clock, settings):
    ada = make_user()
    tell(ada)
    tell(ada, ref="dossier:2:1")
    settings.NOTIFICATION_POLICY = f"{__name__}.only_the_second"
    (message,) = sent_at(clock, NEXT_EIGHT)
    assert "dossier:1:3" not in message.body


def only_the_second(user, *, kind, url, event_ref):
    """Give the right to one dossier only, as a policy would."""
    return event_ref.startswith("dossier:2:")


# --- Preferences -------------------------------------------------------------------------------------
def test_one_may_be_told_at_once_or_in_the_portal_only(make_user, clock):
    ada, bob = make_user(), make_user("bob@example.fr")
    preferences.choose(user=ada, chosen={"progress": Delivery.NOW})
    preferences.choose(user=bob, chosen={"progress": Delivery.PORTAL})
    tell(ada, bob)
    assert [message.to for message in mail.outbox] == [["ada@example.fr"]]
    assert Notification.objects.filter(recipient=bob, delivery="portal").exists()
    assert sent_at(clock, NEXT_EIGHT) == []


def test_what_waits_for_the_reader_cannot_be_turned_off(make_user):
    ada = make_user()
    preferences.choose(user=ada, chosen=dict.fromkeys(preferences.families(), Delivery.PORTAL))
    tell(ada, blocking=True)
    assert len(mail.outbox) == 1


def test_a_family_turned_off_since_yesterday_leaves_the_email(make_user, clock):
    ada = make_user()
    tell(ada)
    tell(ada, ref="dossier:2:1", family="messages")
    preferences.choose(user=ada, chosen={"progress": Delivery.PORTAL})
    (message,) = sent_at(clock, NEXT_EIGHT)
    assert "dossier:1:3" not in message.body


def test_an_unknown_family_is_the_callers_error(make_user):
    with pytest.raises(KeyError, match="nonsense"):
        tell(make_user(), family="nonsense")


def test_each_role_chooses_among_what_it_receives(client, make_user):
    client.force_login(make_user(staff_role="auditor"))
    page = client.get(reverse("notification_preferences")).content.decode()
    assert "Exports" in page
    assert "Cabinets d’experts" not in page


def test_the_page_keeps_what_one_chooses_and_refuses_anything_else(client, make_user):
    ada = make_user(staff_role="officer")
    client.force_login(ada)
    url = reverse("notification_preferences")
    page = client.get(url).content.decode()
    assert "Vie des dossiers" in page
    shown = preferences.families_of(ada)
    wanted = dict.fromkeys(shown, "daily") | {"messages": "now"}
    assert client.post(url, wanted | {"messages": "pigeon"}).status_code == 422
    assert not Preference.objects.exists()
    assert client.post(url, wanted).status_code == 302
    assert preferences.deliveries_of(ada)["messages"] == Delivery.NOW
    client.post(url, wanted | {"messages": "portal"})
    assert Preference.objects.get(user=ada, family="messages").delivery == "portal"


# --- The way out ---------------------------------------------------------------------------------------
def way_out(message):
    """Return the path that the daily e-mail names to stop it."""
    link = message.extra_headers["List-Unsubscribe"].strip("<>")
    return link.partition("://")[2].partition("/")[2]


def test_the_daily_email_is_stopped_by_one_post_without_signing_in(make_user, clock):
    ada = make_user()
    tell(ada)
    (message,) = sent_at(clock, NEXT_EIGHT)
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = "/" + way_out(message)
    visitor = Client(enforce_csrf_checks=True)
    page = visitor.get(path)
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert not Preference.objects.exists()
    for _twice in range(2):
        assert visitor.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    tell(ada, ref="dossier:1:4", at=NEXT_EIGHT)
    tell(ada, ref="dossier:1:5", at=NEXT_EIGHT, blocking=True)
    assert [one.subject for one in sent_at(clock, NEXT_EIGHT + DAY)] == []
    assert Notification.objects.get(event_ref="dossier:1:4").delivery == "portal"
    assert Notification.objects.get(event_ref="dossier:1:5").emailed_at is not None


def test_a_forged_way_out_leads_nowhere(client, make_user):
    ada, bob = make_user(), make_user("bob@example.fr")
    token = preferences.unsubscribe_token(ada)
    forged = f"{bob.pk}:{token.partition(':')[2]}"
    for bad in (forged, token[:-1], str(ada.pk), "x"):
        assert client.post(reverse("digest_unsubscribe", args=[bad])).status_code == 404
    ada.is_active = False
    ada.save()
    assert client.get(reverse("digest_unsubscribe", args=[token])).status_code == 404
    assert not Preference.objects.exists()
