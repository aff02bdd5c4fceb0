"""An edition from its file to its first request: loaded, mended, rehearsed, published by two, called off by two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from applications.exports import rehearsals as worker
from applications.guide.pages import all_pages
from applications.models import Rehearsal, Snapshot
from applications.services.editions import drafts, publishing, witness
from applications.services.editions import rehearsal as rehearsals
from applications.services.evaluation import filing_evaluation
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from portal.audit.services import verify
from tariffs import catalogue
from tariffs.engine.editions import EditionError
from tariffs.models import EditionText
from tests.applications import factories as f
from tests.applications.editions import read_by_the_catalogue, text_of
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.tariffs.engine.cases import case

pytestmark = pytest.mark.django_db
State = EditionText.State
LOWER = ('"dm.IIa" = "40000.00"', '"dm.IIa" = "9000.00"')


@pytest.fixture(autouse=True)
def _reading() -> Iterator[None]:
    with read_by_the_catalogue():
        yield


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def loader(db: None) -> User:
    return f.ManagerFactory()


@pytest.fixture
def second(db: None) -> User:
    return f.ManagerFactory()


def starts(now: datetime, days: int = 30) -> date:
    return clock.civil_date(now) + timedelta(days=days)


def load(actor: User, now: datetime, *changes: tuple[str, str], days: int = 30, **more: Any) -> EditionText:
    content = text_of(more.pop("code", "2031"), *changes, in_force_from=starts(now, days).isoformat(), **more)
    return drafts.load(content=content, file_name="2031.toml", actor=actor, now=now)


def rehearse(text: EditionText, now: datetime) -> Rehearsal:
    asked = rehearsals.ask(text=text, actor=text.loaded_by, now=now)
    worker.make({"rehearsal": str(asked.pk)}, outbox_id=0, renew=lambda: None)
    asked.refresh_from_db()
    assert asked.is_done, asked.failure
    return asked


def published(
    loader: User, second: User, now: datetime, *changes: tuple[str, str], **more: Any
) -> EditionText:
    text = load(loader, now, *changes, **more)
    rehearse(text, now)
    return publishing.publish(text=text, starts_on=text.in_force_from, actor=second, now=now)


def codes(act: Any, **inputs: Any) -> set[str]:
    with pytest.raises(Refused) as refusal:
        act(**inputs)
    return {obstacle.code for obstacle in refusal.value.obstacles}


# --- Loading -------------------------------------------------------------------------------------
def test_every_fault_is_told_and_the_draft_before_stays(loader: User, now: datetime) -> None:
    first = load(loader, now)
    with pytest.raises(EditionError) as refusal:
        load(
            loader,
            now,
            ('rate = "0.50"', "rate = 0.5"),
            ("quote.benchmark", "quote.price"),
            ("report_days = 10", "report_dayz = 10"),
        )
    told = {(fault.file, fault.table, fault.key) for fault in refusal.value.faults}
    assert told == {
        ("2031.toml", "funding", "rate"),
        ("2031.toml", "rules 23", "name"),
        ("2031.toml", "term", "report_days"),
        ("2031.toml", "term", "report_dayz"),
    }
    assert "« quote.price » est inconnue du programme" in str(refusal.value).replace("\u00a0", " ")
    assert list(EditionText.objects.drafts()) == [first]


def test_a_new_version_takes_the_place_of_the_draft(loader: User, second: User, now: datetime) -> None:
    first, other = load(loader, now), load(second, now, LOWER)
    first.refresh_from_db()
    assert (first.state, first.ended_by, other.version) == (State.REPLACED, second, 2)
    drafts.withdraw(text=EditionText.objects.drafts().get(), actor=loader, now=now)
    assert not EditionText.objects.drafts().exists()
    names = list(
        Event.objects.filter(chain=witness.CHAIN).order_by("sequence").values_list("name", flat=True)
    )
    assert names[0] == witness.LOADED
    assert names[-1] == witness.WITHDRAWN
    assert verify(witness.CHAIN) == []


@pytest.mark.parametrize("code", ["2023", "2024"])
def test_a_published_code_is_refused(loader: User, now: datetime, code: str) -> None:
    content = (catalogue.DIRECTORY / f"{code}.toml").read_bytes()
    assert codes(drafts.load, content=content, file_name="x.toml", actor=loader, now=now) == {
        "code_published"
    }


def test_the_same_file_twice_changes_nothing(loader: User, now: datetime) -> None:
    load(loader, now)
    with pytest.raises(Refused, match="rien n’a changé"):
        load(loader, now)


def test_only_managers_act(now: datetime, loader: User) -> None:
    text = load(loader, now)
    for nobody in (
        f.OfficerFactory(),
        f.ControllerFactory(),
        f.AuditorFactory(),
        f.ManagerFactory(is_active=False),
    ):
        with pytest.raises(NotYours):
            load(nobody, now)
        with pytest.raises(NotYours):
            rehearsals.ask(text=text, actor=nobody, now=now)
        with pytest.raises(NotYours):
            publishing.publish(text=text, starts_on=text.in_force_from, actor=nobody, now=now)


# --- Publishing ----------------------------------------------------------------------------------
def test_a_second_person_publishes_what_was_rehearsed(loader: User, second: User, now: datetime) -> None:
    text = load(loader, now)
    day = text.in_force_from

    def tried(actor: User, starts_on: date | None = day, draft: EditionText = text) -> set[str]:
        return codes(publishing.publish, text=draft, starts_on=starts_on, actor=actor, now=now)

    assert tried(second) == {"not_rehearsed"}
    assert tried(loader) == {"same_person", "not_rehearsed"}
    rehearse(text, now)
    assert tried(loader) == {"same_person"}
    assert tried(second, day + timedelta(days=1)) == {"other_date"}
    assert tried(second, None) == {"other_date"}
    changed = load(loader, now, LOWER)
    # What was rehearsed is the text before: its effects say nothing of this one.
    assert tried(second, draft=changed) == {"not_rehearsed"}
    rehearse(changed, now)
    publishing.publish(text=changed, starts_on=day, actor=second, now=now)
    assert catalogue.edition_at(day - timedelta(days=1)).code == "2024"  # type: ignore[union-attr]
    assert catalogue.edition_at(day).code == "2031"  # type: ignore[union-attr]
    with pytest.raises(Stale):
        publishing.publish(text=changed, starts_on=day, actor=second, now=now)


@pytest.mark.parametrize("days", [-1, 0])
def test_an_edition_begins_tomorrow_at_the_earliest(
    loader: User, second: User, now: datetime, days: int
) -> None:
    text = load(loader, now, days=days)
    rehearse(text, now)
    assert codes(publishing.publish, text=text, starts_on=text.in_force_from, actor=second, now=now) == {
        "date_passed"
    }


def test_the_last_minutes_before_its_day_are_too_late(loader: User, second: User) -> None:
    midnight = datetime(2030, 5, 2, tzinfo=clock.PARIS)
    text = load(loader, midnight - timedelta(hours=1), days=1)
    assert text.in_force_from == date(2030, 5, 2)
    rehearse(text, midnight - timedelta(hours=1))
    late, early = midnight - timedelta(minutes=5), midnight - timedelta(minutes=11)
    assert codes(publishing.publish, text=text, starts_on=text.in_force_from, actor=second, now=late) == {
        "date_passed"
    }
    publishing.publish(text=text, starts_on=text.in_force_from, actor=second, now=early)
    assert codes(publishing.ask_cancel, text=text, motive=MOTIVE, actor=loader, now=late) == {"in_force"}


def test_an_edition_follows_the_latest_one(loader: User, second: User, now: datetime) -> None:
    published(loader, second, now, days=60)
    text = load(loader, now, days=60, code="2032")
    rehearse(text, now)
    assert codes(publishing.publish, text=text, starts_on=text.in_force_from, actor=second, now=now) == {
        "date_before"
    }


def test_from_its_day_on_requests_follow_it_and_decided_ones_keep_theirs(
    loader: User, second: User, now: datetime
) -> None:
    decided, waiting = Journey(now=now).to("approved"), Journey(now=now)
    before = list(Snapshot.objects.order_by("pk").values())
    chain = list(Event.objects.filter(chain=decided.dossier.chain).values())
    text = published(loader, second, now, LOWER)
    decided.dossier.refresh_from_db()
    assert list(Snapshot.objects.order_by("pk").values()) == before
    assert list(Event.objects.filter(chain=decided.dossier.chain).values()) == chain
    assert decided.dossier.edition == "2024"

    eve, day = text.in_force_from - timedelta(days=1), text.in_force_from
    assert filing_evaluation(waiting.dossier, today=eve)["edition"] == "2024"
    simulated = catalogue.evaluate_json(case(on=day.isoformat(), edition=None), today=None)
    assert simulated["edition"] == "2031"
    waiting.day(30).to("submitted")
    assert waiting.dossier.edition == "2031"
    kept = waiting.dossier.snapshots.get()
    assert (kept.edition, kept.edition_digest) == ("2031", text.digest)
    # The one decided before goes on under its own, whatever the day.
    decided.day(31).to("contract_sent")
    assert decided.dossier.edition == "2024"
    assert {one.edition for one in decided.dossier.snapshots.all()} == {"2024"}


# --- Calling off ---------------------------------------------------------------------------------
def test_two_persons_call_it_off_before_its_day(loader: User, second: User, now: datetime) -> None:
    text = published(loader, second, now)
    assert codes(publishing.ask_cancel, text=text, motive="court", actor=second, now=now) == {
        "motive_missing"
    }
    with pytest.raises(Stale):
        publishing.confirm_cancel(text=text, actor=loader, now=now)
    publishing.ask_cancel(text=text, motive=MOTIVE, actor=second, now=now)
    assert codes(publishing.confirm_cancel, text=text, actor=second, now=now) == {"same_person"}
    publishing.drop_cancel(text=text, actor=loader, now=now)
    publishing.ask_cancel(text=text, motive=MOTIVE, actor=second, now=now)
    publishing.confirm_cancel(text=text, actor=loader, now=now)
    assert catalogue.edition_at(text.in_force_from).code == "2024"  # type: ignore[union-attr]
    with pytest.raises(KeyError):
        catalogue.get_edition("2031")
    # Its code is free again: nothing was ever judged by it.
    assert load(loader, now, LOWER).version == 2


def test_nobody_calls_an_edition_off_once_it_is_in_force(loader: User, second: User, now: datetime) -> None:
    text = published(loader, second, now)
    publishing.ask_cancel(text=text, motive=MOTIVE, actor=second, now=now)
    later = now + timedelta(days=30)
    assert codes(publishing.confirm_cancel, text=text, actor=loader, now=later) == {"in_force"}


# --- Every place that reads an edition -----------------------------------------------------------
@pytest.mark.parametrize("of", ["2023", "2024"])
def test_every_public_page_lives_under_a_new_edition(loader: User, second: User, of: str) -> None:
    """The same rules again, or those of 2023 with their three volets: nothing on a page knows only two editions."""
    before = datetime(2030, 11, 1, 12, tzinfo=clock.PARIS)
    text = load(loader, before, of=of, days=61)
    rehearse(text, before)
    publishing.publish(text=text, starts_on=text.in_force_from, actor=second, now=before)
    company = f.CompanyFactory()
    with time_machine.travel(datetime(2031, 1, 1, 12, tzinfo=clock.PARIS), tick=False):
        client = Client()
        guide = [page.url for page in all_pages(catalogue.get_edition("2031"))]
        places = [
            "/",
            "/simulateur/",
            "/bareme/",
            "/bareme/2031/",
            "/bareme/comparer/?de=2024&a=2031",
            *guide,
        ]
        for address in [
            *places,
            "/api/v1/editions/",
            "/api/v1/editions/2031/",
            "/api/schema/",
            "/sitemap.xml",
        ]:
            assert client.get(address).status_code == 200, address
        listed = client.get("/api/v1/editions/").json()["editions"]
        assert [one["code"] for one in listed if one["in_force"]] == ["2031"]
        assert "Édition 2031" in client.get("/bareme/").content.decode()
        posted = client.post(
            "/api/v1/simulations/", case(edition=None, on=None), content_type="application/json"
        )
        assert posted.json()["edition"] == "2031"
        member = signed_in(f.owner_of(company))
        assert member.get(reverse("company_home")).status_code == 200
        desk = signed_in(loader)
        for name in ("dossier_list", "aid_register", "transmission_list", "edition_list", "import_list"):
            page = desk.get(reverse(name))
            assert page.status_code == 200, name
        for name in ("dossier_list", "aid_register", "edition_list"):
            assert "2031" in desk.get(reverse(name)).content.decode(), name
