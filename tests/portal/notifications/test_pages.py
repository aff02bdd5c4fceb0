"""The inbox, as its reader meets it."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from portal.notifications.models import Notification

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def line(user, ref="e:1", url="/demandes/1/"):
    """Write one line of an inbox."""
    return Notification.objects.create(
        recipient=user, kind="x", title="Titre canari", body="Texte", url=url, event_ref=ref, created_at=NOW
    )


@pytest.mark.parametrize("name", ["notification_list", "outbox_list"])
def test_a_visitor_goes_to_the_sign_in(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_one_sees_ones_own_lines_only(client, make_user):
    ada, bob = make_user(), make_user("bob@example.fr")
    own = line(ada)
    client.force_login(bob)
    assert "Titre canari" not in client.get(reverse("notification_list")).content.decode()
    assert client.post(reverse("notification_read", args=[own.pk])).status_code == 404
    client.force_login(ada)
    page = client.get(reverse("notification_list"))
    assert "Titre canari" in page.content.decode()
    own.refresh_from_db()
    assert own.read_at is None


def test_opening_marks_as_read_and_goes_there(client, make_user):
    ada = make_user()
    own = line(ada)
    client.force_login(ada)
    assert client.get(reverse("notification_read", args=[own.pk])).status_code == 405
    answer = client.post(reverse("notification_read", args=[own.pk]), {"open": "1"})
    assert (answer.status_code, answer.url) == (302, "/demandes/1/")
    own.refresh_from_db()
    assert own.read_at is not None


def test_a_line_never_leads_out_of_the_portal(client, make_user):
    ada = make_user()
    own = line(ada, url="https://ailleurs.example/")
    client.force_login(ada)
    answer = client.post(reverse("notification_read", args=[own.pk]), {"open": "1"})
    assert answer.url == reverse("notification_list")


def test_all_are_marked_as_read(client, make_user):
    ada = make_user()
    line(ada)
    line(ada, "e:2")
    client.force_login(ada)
    client.post(reverse("notification_read_all"))
    assert not Notification.objects.unread().exists()


@pytest.mark.parametrize("count", [1, 60])
def test_the_inbox_takes_as_many_queries_for_one_line_as_for_sixty(
    client, make_user, django_assert_max_num_queries, count
):
    ada = make_user()
    for number in range(count):
        line(ada, f"e:{number}")
    client.force_login(ada)
    with django_assert_max_num_queries(8):
        assert client.get(reverse("notification_list")).status_code == 200
