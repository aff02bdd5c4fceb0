"""The inbox: unread first, by day in Paris, by dossier; read by pressing or by opening the page."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from portal.notifications.models import Notification

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def line(user, title, *, at=NOON, subject="dossier:1", url="/demandes/1/", read=False):
    """Write one line of an inbox."""
    return Notification.objects.create(
        recipient=user,
        kind="x",
        title=title,
        url=url,
        action_label="Voir ma demande",
        subject=subject,
        subject_label=subject.replace("dossier:", "DM-") if subject else "",
        event_ref=f"{title}:{at:%d%H}",
        created_at=at,
        read_at=at if read else None,
    )


def shown(client, **params):
    """Return the page's days and titles in order."""
    page = client.get(reverse("notification_list"), params).content.decode()
    found = re.findall(r"<h([23])[^>]*>\s*([^<]+?)\s*<", page)
    return [text.replace("\u00a0", " ") for _level, text in found]


def test_unread_lines_come_first_by_day_in_paris(client, make_user):
    ada = make_user()
    line(ada, "Lue aujourd’hui", read=True)
    line(ada, "Non lue hier", at=NOON - timedelta(days=1))
    # 23 h 30 in London is the next day in Paris.
    line(ada, "Non lue minuit passé", at=datetime(2026, 11, 18, 23, 30, tzinfo=UTC))
    line(ada, "Lue avant", at=NOON - timedelta(days=2), read=True)
    client.force_login(ada)
    assert shown(client) == [
        "19 novembre 2026",
        "Non lue hier",
        "Non lue minuit passé",
        "20 novembre 2026",
        "Lue aujourd’hui",
        "18 novembre 2026",
        "Lue avant",
    ]


def test_each_line_has_one_action_with_its_own_words(client, make_user):
    ada = make_user()
    line(ada, "Une")
    line(ada, "Deux", read=True)
    client.force_login(ada)
    page = client.get(reverse("notification_list")).content.decode()
    assert page.count('name="open"') == 2
    assert page.count(">Voir ma demande<") == 2


def test_a_dossiers_lines_are_kept_alone(client, make_user):
    ada, bob = make_user(), make_user("bob@example.fr")
    line(ada, "Premier dossier")
    line(ada, "Second dossier", subject="dossier:2")
    line(bob, "À Bob", subject="dossier:3")
    client.force_login(ada)
    assert "Second dossier" not in shown(client, sujet="dossier:1")
    everything = {"Premier dossier", "Second dossier"}
    for unknown in ("", "dossier:3", "x" * 500):
        assert everything <= set(shown(client, sujet=unknown))
    page = client.get(reverse("notification_list")).content.decode()
    assert "DM-2" in page
    assert "DM-3" not in page


def test_an_empty_inbox_says_what_will_come(client, make_user):
    client.force_login(make_user())
    assert "Aucune notification" in shown(client)


def test_opening_the_page_reads_what_led_to_it_and_had_happened(client, make_user):
    ada, bob = make_user(), make_user("bob@example.fr")
    seen = line(ada, "Page")
    anchored = line(ada, "Ancre", url="/demandes/1/#echanges")
    later = line(ada, "Plus tard", at=NOON + timedelta(hours=1))
    elsewhere = line(ada, "Ailleurs", url="/demandes/12/")
    others = line(bob, "À Bob")
    client.force_login(ada)
    address = reverse("notification_seen")
    assert client.get(address).status_code == 405
    answer = client.post(address, {"path": "/demandes/1/", "shown_at": NOON.isoformat()})
    assert answer.json() == {"unread": 2}
    for one in (seen, anchored, later, elsewhere, others):
        one.refresh_from_db()
    assert seen.read_at
    assert anchored.read_at
    assert [later.read_at, elsewhere.read_at, others.read_at] == [None] * 3


@pytest.mark.parametrize(
    "sent",
    [{}, {"path": "/"}, {"path": "/", "shown_at": "hier"}, {"path": "x", "shown_at": NOON.isoformat()},
     {"path": "/", "shown_at": "2026-11-20T11:00:00"}],
)  # fmt: skip
def test_a_page_that_says_nonsense_reads_nothing(client, make_user, sent):
    ada = make_user()
    line(ada, "Page", url="/")
    client.force_login(ada)
    assert client.post(reverse("notification_seen"), sent).status_code == 400
    assert Notification.objects.unread().count() == 1


def test_a_page_shown_tomorrow_reads_nothing_of_tomorrow(client, make_user):
    ada = make_user()
    line(ada, "Demain", at=datetime(2099, 1, 1, tzinfo=UTC), url="/")
    client.force_login(ada)
    client.post(reverse("notification_seen"), {"path": "/", "shown_at": "2100-01-01T00:00:00+00:00"})
    assert Notification.objects.unread().count() == 1
