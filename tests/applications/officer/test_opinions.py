"""An opinion asked outside: only what was chosen is shown, one answer is taken, the link ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from applications.models import Opinion
from applications.services import opinions
from applications.workflow.refusals import NotYours, Refused, Stale
from portal import clock
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications.models import Notification, Outbox
from portal.notifications.outbox import drain
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
ANSWER = "L’architecture décrite répond à la question posée."


@pytest.fixture
def journey() -> Journey:
    return Journey().to("under_review")


def ask(journey: Journey, **more: Any) -> Opinion:
    journey.dossier.refresh_from_db()
    given: dict[str, Any] = {
        "dossier": journey.dossier,
        "actor": journey.officer,
        "expected_version": journey.dossier.version,
        "now": clock.now(),
        "name": "Pr Anne Dehors",
        "email": "Anne.Dehors@exemple.fr",
        "question": "Cette architecture est-elle crédible pour un dispositif de classe III ?",
        "due_on": clock.today() + timedelta(days=10),
    }
    return opinions.ask(**{**given, **more})


def page(opinion: Opinion) -> str:
    return reverse("opinion", args=[opinions.token_of(opinion)])


def events(journey: Journey, name: str) -> list[Event]:
    return list(Event.objects.filter(chain=journey.dossier.chain, name=name).order_by("sequence"))


class TestAsking:
    def test_an_officer_asks_on_the_page_and_the_link_leaves_by_mail(self, journey: Journey) -> None:
        piece = opinions.showable(journey.dossier)[0]
        typed = {
            "version": journey.dossier.version,
            "name": "Pr Anne Dehors",
            "email": "anne.dehors@exemple.fr",
            "question": "Cette architecture est-elle crédible ?",
            "due_on": (clock.today() + timedelta(days=10)).isoformat(),
            "pieces": [piece.pk],
        }
        address = reverse("opinion_ask", args=[journey.dossier.pk])
        answer = signed_in(journey.officer).post(f"{address}?vue=all&inconnu=1", typed)
        assert answer.url == f"{reverse('officer_dossier', args=[journey.dossier.pk])}?vue=all#avis"
        drain(clock.now())
        opinion = Opinion.objects.get()
        letter = next(one for one in mail.outbox if one.to == ["anne.dehors@exemple.fr"])
        assert page(opinion) in str(letter.body)
        shown = signed_in(journey.manager).get(reverse("officer_dossier", args=[journey.dossier.pk]))
        assert "Pr Anne Dehors" in shown.content.decode()

    def test_the_secret_is_kept_nowhere_in_clear(self, journey: Journey) -> None:
        opinion = ask(journey)
        token = opinions.token_of(opinion)
        kept = str(Opinion.objects.values().get()) + str(
            list(Outbox.objects.values_list("payload", flat=True))
        )
        assert token not in kept
        assert token not in str(list(Event.objects.values("data", "detail__names")))

    def test_asking_is_an_act_of_the_chain_that_older_pages_do_not_outlive(self, journey: Journey) -> None:
        before = journey.dossier.version
        ask(journey)
        journey.dossier.refresh_from_db()
        assert [event.sequence for event in events(journey, "opinion_asked")] == [journey.dossier.version]
        assert journey.dossier.version > before
        with pytest.raises(Stale):
            journey.act("approve", journey.officer, expected_version=before)
        assert not verify(journey.dossier.chain)

    def test_a_page_overtaken_keeps_what_was_typed(self, journey: Journey) -> None:
        before = journey.dossier.version
        journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
        typed = {"version": before, "question": "Ma question est gardée.", "name": "X"}
        answer = signed_in(journey.officer).post(reverse("opinion_ask", args=[journey.dossier.pk]), typed)
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "Ma question est gardée." in text
        assert f'name="version" value="{journey.dossier.version}"' in text
        assert not Opinion.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": " "}, "name"),
            ({"email": "personne"}, "email"),
            ({"question": "Quoi ?"}, "question"),
            ({"due_on": None}, "due_on"),
            ({"due_on": clock.today()}, "due_on"),
            ({"due_on": clock.today() + timedelta(days=91)}, "due_on"),
            ({"pieces": [10**9]}, "pieces"),
        ],
    )
    def test_what_is_missing_is_said_field_by_field(
        self, journey: Journey, wrong: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(Refused) as refusal:
            ask(journey, **wrong)
        assert field in {obstacle.field for obstacle in refusal.value.obstacles}
        assert not Opinion.objects.exists()

    def test_one_is_awaited_of_a_person_at_a_time(self, journey: Journey) -> None:
        opinion = ask(journey)
        with pytest.raises(Refused):
            ask(journey, email="ANNE.dehors@exemple.fr")
        with pytest.raises(IntegrityError), transaction.atomic():
            Opinion.objects.create(
                dossier=journey.dossier,
                name="Double",
                email=opinion.email,
                question="Deux fois",
                due_on=opinion.due_on,
                nonce="n",
                token_hash="h",
                asked_by=journey.officer,
                asked_at=clock.now(),
            )

    def test_only_the_desk_asks(self, journey: Journey) -> None:
        for person in (journey.controller, journey.owner, journey.expert, f.AuditorFactory()):
            with pytest.raises(NotYours):
                ask(journey, actor=person)

    def test_not_on_a_dossier_that_is_over(self) -> None:
        with pytest.raises(Refused):
            ask(Journey().to("rejected"))

    def test_not_while_an_act_awaits_its_second_person(self) -> None:
        journey = Journey().to("rejected")
        journey.act("request_review", journey.owner, motive=MOTIVE)
        officer, journey.officer = journey.officer, f.OfficerFactory()
        journey.act(
            "assign" if journey.dossier.state == "submitted" else "reassign",
            journey.manager,
            officer=journey.officer,
            motive=MOTIVE,
        )
        assert officer != journey.officer
        rule = journey.dossier.snapshots.first().evaluation["findings"][0]["rule"]
        outcome = journey.act("reject", journey.officer, rules=[rule], motive=MOTIVE)
        assert outcome.pending is not None
        with pytest.raises(Refused):
            ask(journey)

    def test_a_report_of_volet_5_is_never_shown_outside(self) -> None:
        journey = Journey(volet=5).to("closure_submitted")
        kinds = {piece.kind for piece in opinions.showable(journey.dossier)}
        assert "final_report" not in kinds
        assert "final_report" in set(journey.dossier.documents.values_list("kind", flat=True))


class TestReading:
    def test_only_what_was_chosen_is_shown(self, journey: Journey) -> None:
        shown, hidden = opinions.showable(journey.dossier)[:2]
        opinion = ask(journey, pieces=[shown.pk])
        text = Client().get(page(opinion)).content.decode()
        assert "Cette architecture est-elle crédible" in text
        assert journey.dossier.company.name not in text
        assert journey.dossier.device is not None
        assert journey.dossier.device.name not in text
        token = opinions.token_of(opinion)
        assert Client().get(reverse("opinion_piece", args=[token, shown.pk])).status_code == 200
        assert Client().get(reverse("opinion_piece", args=[token, hidden.pk])).status_code == 404

    def test_the_company_and_the_device_are_shown_when_chosen(self, journey: Journey) -> None:
        opinion = ask(journey, shows_company=True, shows_device=True)
        text = Client().get(page(opinion)).content.decode()
        assert journey.dossier.company.name in text
        assert journey.dossier.device is not None
        assert journey.dossier.device.name in text

    def test_a_files_own_name_does_not_leave(self, journey: Journey) -> None:
        piece = opinions.showable(journey.dossier)[0]
        assert piece.document is not None
        piece.document.original_name = "Zorgonaute-devis.pdf"
        piece.document.save()
        opinion = ask(journey, pieces=[piece.pk])
        answer = Client().get(reverse("opinion_piece", args=[opinions.token_of(opinion), piece.pk]))
        assert "Zorgonaute" not in answer["Content-Disposition"]
        assert "Zorgonaute" not in Client().get(page(opinion)).content.decode()

    def test_each_reading_is_in_the_journal_and_moves_no_version(self, journey: Journey) -> None:
        piece = opinions.showable(journey.dossier)[0]
        opinion = ask(journey, pieces=[piece.pk])
        journey.dossier.refresh_from_db()
        version = journey.dossier.version
        client, token = Client(), opinions.token_of(opinion)
        client.get(page(opinion))
        client.get(reverse("opinion_piece", args=[token, piece.pk]))
        client.get(reverse("opinion_piece", args=[token, piece.pk]))
        assert len(events(journey, "opinion_read")) == 1
        assert [one.data["piece"] for one in events(journey, "opinion_piece_read")] == [piece.pk] * 2
        journey.dossier.refresh_from_db()
        assert journey.dossier.version == version
        journey.act("approve", journey.officer)
        assert not verify(journey.dossier.chain)

    def test_a_piece_replaced_meanwhile_is_shown_no_more(self, journey: Journey) -> None:
        piece = opinions.showable(journey.dossier)[0]
        opinion = ask(journey, pieces=[piece.pk])
        piece.replaced_at = clock.now()
        piece.save()
        assert (
            Client().get(reverse("opinion_piece", args=[opinions.token_of(opinion), piece.pk])).status_code
            == 404
        )

    def test_a_wrong_link_opens_nothing(self, journey: Journey) -> None:
        ask(journey)
        assert Client().get(reverse("opinion", args=["0" * 64])).status_code == 404

    def test_the_page_is_kept_by_nobody(self, journey: Journey) -> None:
        answer = Client().get(page(ask(journey)))
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]


class TestAnswering:
    def test_one_answer_seen_on_the_dossier_and_told_to_whoever_asked(self, journey: Journey) -> None:
        opinion = ask(journey)
        client = Client()
        answer = client.post(page(opinion), {"answer": "reserved", "text": ANSWER})
        assert answer.status_code == 302
        assert client.get(page(opinion)).status_code == 410
        again = client.post(page(opinion), {"answer": "favourable", "text": "Je change d’avis, en fait."})
        assert again.status_code == 410
        opinion.refresh_from_db()
        assert (opinion.answer, opinion.answer_text) == ("reserved", ANSWER)
        shown = signed_in(journey.manager).get(reverse("officer_dossier", args=[journey.dossier.pk]))
        assert ANSWER in shown.content.decode()
        assert "Favorable avec réserves" in shown.content.decode()
        drain(clock.now())
        told = Notification.objects.get(kind="opinion_given")
        assert told.recipient == journey.officer
        assert len(events(journey, "opinion_given")) == 1

    def test_an_answer_undoes_no_act_that_awaits_its_second_person(self, journey: Journey) -> None:
        opinion = ask(journey)
        journey.dossier.refresh_from_db()
        version = journey.dossier.version
        Client().post(page(opinion), {"answer": "favourable", "text": ANSWER})
        journey.dossier.refresh_from_db()
        assert journey.dossier.version == version

    def test_an_empty_answer_is_refused_and_what_was_typed_kept(self, journey: Journey) -> None:
        opinion = ask(journey)
        text = Client().post(page(opinion), {"text": "Trop tôt"}).content.decode()
        assert "La conclusion manque." in text
        assert "Trop tôt" in text
        opinion.refresh_from_db()
        assert opinion.answered_at is None

    def test_the_link_opens_on_the_last_day_and_not_the_day_after(self, journey: Journey) -> None:
        opinion, token = ask(journey), ""
        token = opinions.token_of(opinion)
        last = clock.now() + timedelta(days=10)
        assert opinions.find(token, now=last) == opinion
        with pytest.raises(opinions.Closed):
            opinions.find(token, now=last + timedelta(days=1))
        with pytest.raises(opinions.Closed):
            opinions.give(token=token, answer="favourable", text=ANSWER, now=last + timedelta(days=1))

    def test_a_link_revoked_opens_nothing(self, journey: Journey) -> None:
        opinion = ask(journey, pieces=[opinions.showable(journey.dossier)[0].pk])
        journey.dossier.refresh_from_db()
        address = reverse("opinion_revoke", args=[opinion.pk])
        old = signed_in(journey.officer).post(address, {"version": journey.dossier.version - 1})
        assert old.status_code == 409
        done = signed_in(journey.officer).post(address, {"version": journey.dossier.version})
        assert done.status_code == 302
        assert Client().get(page(opinion)).status_code == 410
        piece = opinion.pieces.get().pk
        assert (
            Client().get(reverse("opinion_piece", args=[opinions.token_of(opinion), piece])).status_code
            == 410
        )
        journey.dossier.refresh_from_db()
        assert [one.sequence for one in events(journey, "opinion_revoked")] == [journey.dossier.version]


class TestReminding:
    def test_once_three_days_before_with_the_same_link(self, journey: Journey) -> None:
        opinion = ask(journey)
        start = clock.now()
        sent = [
            opinions.remind(now=start + timedelta(days=day), today=clock.today() + timedelta(days=day))
            for day in (6, 7, 8, 10)
        ]
        assert sent == [0, 1, 0, 0]
        drain(start + timedelta(days=10))
        letters = [one for one in mail.outbox if one.to == [opinion.email]]
        assert len(letters) == 2
        assert all(page(opinion) in str(one.body) for one in letters)
        assert letters[1].subject.startswith("Rappel")

    def test_nobody_is_reminded_after_an_answer(self, journey: Journey) -> None:
        opinion = ask(journey)
        opinions.give(token=opinions.token_of(opinion), answer="abstained", text=ANSWER, now=clock.now())
        later = timedelta(days=8)
        assert opinions.remind(now=clock.now() + later, today=clock.today() + later) == 0

    def test_a_silence_is_told_once_to_whoever_asked(self, journey: Journey) -> None:
        ask(journey)
        for day in (11, 12, 13):
            later = timedelta(days=day)
            opinions.remind(now=clock.now() + later, today=clock.today() + later)
        drain(clock.now() + timedelta(days=14))
        assert [one.recipient for one in Notification.objects.filter(kind="opinion_late")] == [
            journey.officer
        ]
