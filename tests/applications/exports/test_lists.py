"""Any list as filtered, at once or by a worker: who may have what, what the journal keeps, how long it lives."""

from __future__ import annotations

import csv
import io
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.exports import csv_lines, jobs, long_jobs
from applications.exports.sheets import SHEETS
from applications.models import Export, Note
from applications.services import exports
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.applications import factories as f
from tests.applications.journeys import Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db


def page(listing: str, **query: Any) -> str:
    filters = "&".join(f"{name}={value}" for name, value in query.items())
    return reverse("export_new", args=[listing]) + (f"?{filters}" if filters else "")


def taken(client: Client, listing: str, columns: list[str], **query: Any) -> list[list[str]]:
    answer = client.post(page(listing, **query), {"columns": columns, "format": "csv"})
    assert answer.status_code == 200, answer.content.decode()
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))


@pytest.fixture
def long_from_one(settings: Any) -> None:
    settings.EXPORT_JOB_ROWS = 0


def asked(user: User, listing: str = "dossiers", written_as: str = "csv", **query: Any) -> Export:
    signed_in(user).post(page(listing, **query), {"columns": ["numero"], "format": written_as})
    return Export.objects.get(owner=user)


def work() -> None:
    outbox.drain(clock.now() + timedelta(minutes=5))


def test_a_list_is_exported_as_it_is_filtered() -> None:
    first, second = Journey(volet=1).to("under_review"), Journey(volet=4).to("submitted")
    client = signed_in(first.officer)
    assert "Exporter 2 lignes" in client.get(page("dossiers", vue="all")).content.decode()
    told = client.get(page("dossiers", vue="all", volet=4)).content.decode()
    assert "Exporter 1 ligne" in told
    assert "Volet\u00a0: 4" in told
    rows = taken(client, "dossiers", ["numero", "entreprise", "part_bpifrance"], vue="all", volet=4)
    share = str(second.dossier.bpifrance_share).replace(".", ",")
    assert rows == [
        ["Numéro", "Entreprise", "Quote-part Bpifrance HT"],
        [second.dossier.number, second.dossier.company.name, share],
    ]
    mine = taken(client, "dossiers", ["numero"], vue="mine")
    assert mine[1:] == [[first.dossier.number]]


@pytest.fixture(scope="class")
def paid_once(lasting: None) -> Journey:
    return Journey(volet=5).to("paid")


@pytest.fixture
def paid(paid_once: Journey) -> Journey:
    return deepcopy(paid_once)


class TestOnePaidDossier:
    """What every list says of one dossier that was paid."""

    @pytest.mark.parametrize("listing", sorted(SHEETS))
    @pytest.mark.parametrize("written_as", ["csv", "xlsx", "ods"])
    def test_every_list_gives_every_column_in_every_format(
        self, paid: Journey, listing: str, written_as: str
    ) -> None:
        client = signed_in(f.ControllerFactory())
        query = {"vue": "paid"} if listing == "paiements" else {}
        keys = [column.key for column in SHEETS[listing].columns()]
        answer = client.post(page(listing, **query), {"columns": keys, "format": written_as})
        assert answer.status_code == 200
        assert len(b"".join(answer.streaming_content)) > 50
        if listing in {"dossiers", "paiements", "transmissions", "aides"} and written_as == "csv":
            assert taken(client, listing, ["numero"], **query)[1:] == [[paid.dossier.number]]

    @pytest.mark.parametrize("listing", sorted(SHEETS))
    def test_no_list_holds_what_only_the_dossiers_page_tells(self, paid: Journey, listing: str) -> None:
        Note.objects.create(
            dossier=paid.dossier, author=paid.officer, body="zorg-note", written_at=clock.now()
        )
        paid.dossier.company_facts["turnover"] = "7654321.11"
        paid.dossier.save()
        query = {"vue": "paid"} if listing == "paiements" else {}
        for user in (paid.officer, paid.manager, paid.controller, f.AuditorFactory()):
            columns = [column.key for column in SHEETS[listing].open_to(user)]
            told = str(taken(signed_in(user), listing, columns, **query))
            iban = paid.mission.firm.iban
            for secret in ("zorg-note", "7654321", iban):
                assert secret
                assert secret not in told


def test_a_column_of_another_role_is_refused_not_dropped() -> None:
    journey = Journey().to("paid")
    columns = ["numero", "compte"]
    assert "Compte crédité" not in signed_in(journey.officer).get(page("paiements")).content.decode()
    refused = signed_in(journey.officer).post(
        page("paiements", vue="paid"), {"columns": columns, "format": "csv"}
    )
    assert refused.status_code == 422
    assert "pas ouverte à votre fonction" in refused.content.decode()
    account = journey.mission.payments.get().account
    assert account
    assert [account] in [
        row[1:] for row in taken(signed_in(journey.controller), "paiements", columns, vue="paid")
    ]
    assert not Event.objects.filter(chain=exports.CHAIN, actor_ref=journey.officer.pk).exists()


@pytest.mark.postgres
@pytest.mark.parametrize("listing", sorted(SHEETS))
def test_postgresql_writes_the_very_lines_that_python_writes(listing: str) -> None:
    journey = Journey(volet=5).to("paid")
    Journey(volet=1).to("under_review")
    company = journey.dossier.company
    for name in ("=1+1", 'L’"été"; froid', "-2", "＝x", "a\nb", " b "):
        company.name = name
        company.save()
        query = "vue=paid" if listing == "paiements" else "vue=all"
        columns = SHEETS[listing].open_to(journey.controller)
        theirs = b"".join(piece for piece, _ in jobs.csv_pieces(journey.controller, listing, query, columns))
        ours = b"".join(csv_lines.lines(columns, jobs.read(journey.controller, listing, query, columns)))
        told = [
            list(csv.reader(io.StringIO(one.decode("utf-8-sig"), newline=""), delimiter=";"))
            for one in (theirs, ours)
        ]
        assert told[0] == told[1]
        assert len(told[0]) > 1 or listing in {"transmissions", "echeances", "aides-reprises", "effets"}


def test_drafts_and_other_peoples_pages_give_nothing() -> None:
    journey = Journey()
    assert taken(signed_in(journey.officer), "dossiers", ["numero"], vue="all") == [["Numéro"]]
    journey.to("submitted")
    for user in (journey.owner, journey.expert, f.AdministratorFactory()):
        assert signed_in(user).get(page("dossiers")).status_code == 403
        assert (
            signed_in(user).post(page("dossiers"), {"columns": ["numero"], "format": "csv"}).status_code
            == 403
        )
    assert signed_in(journey.officer).get(page("inconnue")).status_code == 404


def test_columns_and_format_are_asked_in_french() -> None:
    client = signed_in(Journey().to("submitted").officer)
    answer = client.post(page("dossiers"), {"format": "csv"})
    assert answer.status_code == 422
    assert "Cochez au moins une colonne." in answer.content.decode()
    answer = client.post(page("dossiers"), {"columns": ["numero"], "format": "exe"})
    assert "Choisissez un des formats proposés." in answer.content.decode()


def test_the_journal_keeps_who_what_and_how_many() -> None:
    journey = Journey().to("submitted")
    taken(signed_in(journey.officer), "dossiers", ["numero", "etat"], vue="all", q="Zorg")
    event = Event.objects.get(chain=exports.CHAIN)
    assert (event.name, event.actor_ref) == ("list_exported", journey.officer.pk)
    assert event.data == {"listing": "dossiers", "format": "csv", "columns": ["numero", "etat"], "rows": 0}
    assert event.detail.names["filters"] == "vue=all&q=Zorg"
    assert verify(exports.CHAIN) == []


# --- Long ones -----------------------------------------------------------------------------------
@pytest.mark.usefixtures("long_from_one")
def test_a_long_list_is_made_by_a_worker_and_waits_seven_days() -> None:
    journey = Journey().to("submitted")
    export = asked(journey.officer, vue="all")
    assert (export.stage, export.expected) == ("waiting", 1)
    client = signed_in(journey.officer)
    assert "En attente" in client.get(reverse("export_list")).content.decode()
    work()
    export.refresh_from_db()
    assert (export.stage, export.done) == ("ready", 1)
    assert Notification.objects.filter(recipient=journey.officer, kind="export_ready").count() == 1
    address = reverse("document_download", args=[export.document_id])
    assert address in client.get(reverse("export_list")).content.decode()
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert journey.dossier.number in b"".join(answer.streaming_content).decode()
    assert [event.name for event in Event.objects.filter(chain=exports.CHAIN).order_by("sequence")] == [
        "list_exported",
        "document_read",
    ]
    assert exports.expire(now=clock.now() + timedelta(days=6, hours=23)) == 0
    assert exports.expire(now=clock.now() + timedelta(days=7, seconds=5)) == 1
    assert client.get(address).status_code == 404
    assert not Document.objects.filter(kind="export").exists()


@pytest.mark.usefixtures("long_from_one")
def test_the_file_is_its_owners_alone_and_follows_his_role() -> None:
    journey = Journey().to("submitted")
    export = asked(journey.officer)
    work()
    export.refresh_from_db()
    address = reverse("document_download", args=[export.document_id])
    for other in (
        journey.manager,
        journey.owner,
        journey.expert,
        f.OfficerFactory(),
        f.AdministratorFactory(),
    ):
        assert signed_in(other).get(address).status_code == 404
    Export.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert signed_in(journey.officer).get(address).status_code == 404
    Export.objects.update(expires_at=clock.now() + timedelta(days=1))
    assert signed_in(journey.officer).get(address).status_code == 200
    User.objects.filter(pk=journey.officer.pk).update(staff_role="manager")
    assert signed_in(journey.officer).get(address).status_code == 404


@pytest.mark.usefixtures("long_from_one")
def test_who_lost_the_role_before_the_worker_came_gets_nothing() -> None:
    journey = Journey().to("submitted")
    export = asked(journey.officer)
    User.objects.filter(pk=journey.officer.pk).update(staff_role="")
    work()
    export.refresh_from_db()
    assert (export.stage, export.failure) == ("failed", exports.RIGHTS_LOST)
    assert not Document.objects.filter(kind="export").exists()


@pytest.mark.usefixtures("long_from_one")
def test_an_export_is_cancelled_by_its_owner_even_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("submitted")
    export = asked(journey.officer, written_as="ods")
    address = reverse("export_cancel", args=[export.pk])
    assert signed_in(journey.manager).post(address).status_code == 404
    write = jobs.write

    def cancelled_meanwhile(*given: Any) -> None:
        signed_in(journey.officer).post(address)
        write(*given)

    monkeypatch.setattr(jobs, "write", cancelled_meanwhile)
    work()
    export.refresh_from_db()
    assert (export.stage, export.document_id) == ("cancelled", None)
    assert not Document.objects.filter(kind="export").exists()
    assert Outbox.objects.get(kind="make_export").done_at is not None


@pytest.mark.usefixtures("long_from_one")
def test_a_failure_is_said_and_closes_the_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = Journey().to("submitted")
    export = asked(journey.officer, written_as="ods")
    monkeypatch.setattr(jobs, "write", lambda *_given: 1 / 0)
    work()
    export.refresh_from_db()
    assert (export.stage, export.failure) == ("failed", long_jobs.FAILED)
    assert long_jobs.FAILED in signed_in(journey.officer).get(reverse("export_list")).content.decode()


@pytest.mark.usefixtures("long_from_one")
def test_what_takes_too_long_gives_up(settings: Any) -> None:
    settings.EXPORT_SECONDS = -1
    export = asked(Journey().to("submitted").officer)
    work()
    export.refresh_from_db()
    assert (export.stage, export.failure) == ("failed", long_jobs.TOO_LONG)


@pytest.mark.usefixtures("long_from_one")
def test_a_killed_workers_export_is_made_again_from_the_start() -> None:
    export = asked(Journey().to("submitted").officer)
    assert exports.begin(export.pk, now=clock.now()) is not None
    exports.advance(export, 1)
    work()
    export.refresh_from_db()
    assert (export.stage, export.done) == ("ready", 1)


@pytest.mark.usefixtures("long_from_one")
def test_three_at_once_and_no_more() -> None:
    journey = Journey().to("submitted")
    client = signed_in(journey.officer)
    for _ in range(4):
        answer = client.post(page("dossiers"), {"columns": ["numero"], "format": "csv"}, follow=True)
    assert Export.objects.filter(owner=journey.officer).count() == 3
    assert exports.TOO_MANY in answer.content.decode()


def test_lots_give_every_row_in_order_whatever_their_size() -> None:
    from applications.exports import rows
    from applications.models import Company

    f.CompanyFactory.create_batch(7)
    wanted = list(Company.objects.order_by("-name").values_list("name", "pk"))
    for size in (1, 2, 3, 7, 50):
        found = [
            row
            for lot in rows.lots(Company.objects.order_by("-name"), ["name", "pk"], size=size)
            for row in lot
        ]
        assert found == wanted


@pytest.fixture(scope="class")
def controller_of_four(lasting: None) -> User:
    first, *_others = [Journey().to("paid") for _ in range(4)]
    return first.controller


class TestFourPaidDossiers:
    """What reading a list asks of the database, whatever it holds."""

    @pytest.mark.parametrize("listing", sorted(SHEETS))
    def test_the_queries_of_an_export_do_not_grow(
        self, controller_of_four: User, listing: str, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(4):
            columns = SHEETS[listing].open_to(controller_of_four)
            for _ in jobs.read(controller_of_four, listing, "vue=all", columns):
                pass
