"""The dossier's page: evidence beside, facts told twice, snapshots compared, colleagues, the list, few queries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from applications.models import Dossier, DossierDocument, Sight
from applications.services import presence, provenance, snapshots
from applications.services.opinions import ask, give, token_of
from portal import clock
from portal.accounts.models import User
from portal.documents.models import PagePreview
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED, MOTIVE, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db


def page(journey: Journey, user: User | None = None, query: str = "") -> str:
    address = reverse("officer_dossier", args=[journey.dossier.pk])
    answer = signed_in(user or journey.officer).get(f"{address}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def drawn(piece: DossierDocument, *, number: int, read_on: Any) -> None:
    """Give a piece pictures of its pages and a date read on one of them."""
    document = piece.document
    assert document is not None
    document.preview, document.page_count = "ready", number
    document.date_read, document.date_page = read_on, number
    document.save()
    for one in range(1, number + 1):
        PagePreview.objects.create(document=document, number=one, file="x.png", width=10, height=10)


class TestEvidence:
    def test_the_page_that_carries_the_date_opens_beside_the_finding(self) -> None:
        journey = Journey().to("under_review")
        piece = journey.dossier.documents.get(kind="regularity_certificate")
        drawn(piece, number=3, read_on=piece.issued_on)
        text = page(journey, query="?vue=all")
        address = reverse("document_preview", args=[piece.document_id])
        assert (
            f'{address}?page=3&amp;retour=/gestion/dossiers/{journey.dossier.pk}/%3Fvue%3Dall" data-dm-beside="3"'
            in text
        )
        assert "date lue page 3" in text

    def test_a_date_that_the_page_contradicts_is_shown(self) -> None:
        journey = Journey().to("under_review")
        piece = journey.dossier.documents.get(kind="regularity_certificate")
        assert piece.issued_on is not None
        drawn(piece, number=1, read_on=piece.issued_on - timedelta(days=400))
        text = page(journey)
        assert "la page 1 porte une autre date" in text
        assert "Différent" in text

    def test_a_finding_says_rule_given_expected_remedy_source(self) -> None:
        journey = Journey()
        journey.dossier.company_facts |= {"legal_form": "9220"}
        journey.dossier.save()
        text = page(journey.to("under_review"))
        finding = text.split('data-rule="company.legal_form"')[1].split("</details>")[0]
        for part in ("Règle", "Indiqué", "Attendu", "Source"):
            assert part in finding, part


class TestOverride:
    """Edition 2023: a line above its ceiling fails, and may be overridden by an officer with a manager."""

    def test_the_page_says_it_and_the_table_asks_for_a_manager(self) -> None:
        with time_machine.travel(datetime(2024, 5, 31, 10, tzinfo=UTC), tick=False):
            journey = Journey(volet=1)
            journey.dossier.quotes.get().lines.update(amount="90000.00")
            filed = {"expected_revision": journey.dossier.revision, "file_anyway": True}
            journey.act("submit", journey.owner, **filed, **ENGAGED)
            journey.act("take", journey.officer)
        text = page(journey)
        assert "Forcer ou maintenir ce constat" in text
        assert "force une règle du cahier des charges" in text
        journey.act(
            "decide_finding",
            journey.officer,
            rule="quote.within_ceilings",
            outcome="accepted",
            motive=MOTIVE,
        )
        outcome = journey.act("approve", journey.officer)
        assert outcome.pending is not None
        assert journey.dossier.state == "under_review"
        assert journey.act("approve", journey.manager).pending is None
        assert journey.dossier.state == "approved"


class TestProvenance:
    def test_what_differs_from_the_directory_comes_first(self) -> None:
        journey = Journey().to("under_review")
        company = journey.dossier.company
        company.directory_record = {
            "name": company.name.upper(),
            "city": "Ailleurs-sur-Mer",
            "legal_form": "5499",
        }
        company.directory_read_at = clock.now()
        company.save()
        found = provenance.sources(journey.dossier, [])
        assert [(one.name, one.differs) for one in found] == [
            ("city", True),
            ("legal_form", True),
            ("name", False),
        ]
        text = page(journey)
        assert "Ailleurs-sur-Mer" in text
        assert "Annuaire des entreprises" in text

    def test_what_one_side_does_not_say_is_no_difference(self) -> None:
        assert not provenance.Source("city", "", "Lyon").differs
        assert not provenance.Source("created_on", None, "2020-01-01").differs


class TestSnapshots:
    def test_each_moment_has_its_column_and_only_changes_are_marked(self) -> None:
        journey = Journey().to("closed")
        kept = snapshots.kept(journey.dossier)
        assert [one.moment for one in kept][:2] == ["submission", "decision"]
        first = kept[0]
        first.evaluation["findings"][0]["status"] = "review"
        first.case["company"]["headcount"] = "11"
        first.save()
        changed = {
            (row.part, row.name) for row in snapshots.compared(snapshots.kept(journey.dossier)) if row.differs
        }
        assert ("company", "headcount") in changed
        assert ("findings", first.evaluation["findings"][0]["rule"]) in changed
        assert ("money", "bpifrance_share") not in changed
        address = reverse("dossier_snapshots", args=[journey.dossier.pk])
        text = signed_in(journey.controller).get(address).content.decode()
        assert "Ce qui a changé" in text
        assert "Effectif" in text.split("identique")[0]
        assert "Changé" in text

    def test_one_snapshot_has_nothing_to_be_compared_with(self) -> None:
        journey = Journey().to("submitted")
        text = (
            signed_in(journey.officer)
            .get(reverse("dossier_snapshots", args=[journey.dossier.pk]))
            .content.decode()
        )
        assert "Une seule évaluation est gardée" in text


class TestList:
    def test_next_and_previous_follow_the_list_as_filtered(self) -> None:
        journeys = [Journey().to("submitted") for _ in range(3)]
        other = Journey(volet=2).to("submitted")
        for rank, journey in enumerate([*journeys, other]):
            moment = clock.now() - timedelta(days=10 - rank)
            Dossier.objects.filter(pk=journey.dossier.pk).update(submitted_at=moment)
            journey.dossier.listing.submitted_at = moment
            journey.dossier.listing.save()
        first, second, third = (journey.dossier.pk for journey in journeys)
        client = signed_in(journeys[0].officer)
        query = "?vue=all&volet=1&tri=anciens"

        def leads(name: str, pk: int) -> str:
            return str(client.get(reverse(name, args=[pk]) + query).headers.get("Location", ""))

        page_of = lambda pk: f"{reverse('officer_dossier', args=[pk])}{query}"  # noqa: E731
        assert leads("dossier_next", first) == page_of(second)
        assert leads("dossier_next", second) == page_of(third)
        assert leads("dossier_previous", third) == page_of(second)
        end = client.get(reverse("dossier_next", args=[third]) + query)
        assert end.status_code == 200
        assert "dernier" in end.content.decode()
        # A dossier that has left the list still leads on from its place.
        assert leads("dossier_previous", other.dossier.pk) == page_of(third)

    def test_the_list_is_kept_through_an_act(self) -> None:
        journey = Journey().to("submitted")
        text = page(journey, query="?vue=unassigned&volet=1&autre=x")
        act = reverse("desk_act", args=[journey.dossier.pk, "take"])
        assert f'href="{act}?vue=unassigned&amp;volet=1"' in text
        answer = signed_in(journey.officer).post(
            f"{act}?vue=unassigned&volet=1", {"version": journey.dossier.version}
        )
        assert answer.url == f"{reverse('officer_dossier', args=[journey.dossier.pk])}?vue=unassigned&volet=1"

    def test_without_a_list_there_is_no_next(self) -> None:
        assert 'rel="next"' not in page(Journey().to("submitted"))


class TestColleagues:
    def tell(self, journey: Journey, user: User, **shown: int) -> str:
        journey.dossier.refresh_from_db()
        head = journey.dossier.version
        typed = {"version": journey.dossier.version, "head": head, "note": 0, **shown}
        answer = signed_in(user).post(reverse("dossier_presence", args=[journey.dossier.pk]), typed)
        assert answer.status_code == 200
        return answer.content.decode()

    def test_who_has_the_page_open_is_told_and_for_how_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        journey = Journey().to("under_review")
        assert "ouvert" not in self.tell(journey, journey.officer)
        assert f"{journey.officer.full_name}</b> a aussi ce dossier ouvert" in self.tell(
            journey, journey.manager
        )
        later = clock.now() + presence.HERE_FOR + timedelta(seconds=1)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert "ouvert" not in self.tell(journey, journey.manager)

    def test_a_look_taken_before_is_not_taken_back(self) -> None:
        journey = Journey().to("under_review")
        Sight.objects.create(user=journey.officer, dossier=journey.dossier, version=journey.dossier.version)
        self.tell(journey, journey.officer, version=1)
        assert Sight.objects.get(user=journey.officer).version == journey.dossier.version

    def test_a_colleagues_act_is_told_and_not_ones_own(self) -> None:
        journey = Journey().to("under_review")
        before = journey.dossier.version
        journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
        told = self.tell(journey, journey.officer, version=before, head=before)
        assert journey.manager.full_name in told
        assert "réaffecté" in told
        assert "ne peut plus agir" in told
        assert journey.manager.full_name not in self.tell(
            journey, journey.manager, version=before, head=before
        )

    def test_an_opinion_that_arrives_is_told_and_stops_nobody(self) -> None:
        journey = Journey().to("under_review")
        opinion = ask(
            dossier=journey.dossier,
            actor=journey.officer,
            expected_version=journey.dossier.version,
            now=clock.now(),
            name="Pr Dehors",
            email="dehors@exemple.fr",
            question="Une question assez longue ?",
            due_on=clock.today() + timedelta(days=5),
        )
        give(token=token_of(opinion), answer="favourable", text=MOTIVE, now=clock.now())
        told = self.tell(journey, journey.officer)
        assert "Pr Dehors" in told
        assert "ne peut plus agir" not in told

    def test_nonsense_is_refused(self) -> None:
        journey = Journey().to("under_review")
        address = reverse("dossier_presence", args=[journey.dossier.pk])
        assert signed_in(journey.officer).post(address, {"version": "x"}).status_code == 422


class TestOvertaken:
    def test_a_conclusion_typed_before_a_colleagues_act_is_shown_again(self) -> None:
        journey = Journey()
        journey.dossier.company_facts |= {"legal_form": "9220"}
        journey.dossier.save()
        journey.to("under_review")
        before = journey.dossier.version
        journey.act("reassign", journey.manager, officer=f.OfficerFactory(), motive=MOTIVE)
        typed = {
            "rule": "company.legal_form",
            "outcome": "accepted",
            "motive": "Mon motif assez long est gardé.",
        }
        address = reverse("desk_act", args=[journey.dossier.pk, "decide_finding"])
        answer = signed_in(journey.officer).post(address, {**typed, "version": before})
        assert answer.status_code == 409
        text = answer.content.decode()
        assert "Mon motif assez long est gardé." in text
        assert f'name="version" value="{journey.dossier.version}"' in text
        assert not journey.dossier.finding_decisions.exists()
        again = signed_in(journey.officer).post(address, {**typed, "version": journey.dossier.version})
        assert again.status_code == 302
        assert journey.dossier.finding_decisions.get().outcome == "accepted"

    def test_every_form_of_the_page_carries_its_version(self) -> None:
        journey = Journey()
        journey.dossier.company_facts |= {"legal_form": "9220"}
        journey.dossier.save()
        text = page(journey.to("under_review"))
        forms = [form.split("</form>")[0] for form in text.split('<main id="contenu"')[1].split("<form")[1:]]
        assert len(forms) >= 3
        for form in forms:
            # A copy of the dossier is asked for: it says nothing and changes nothing.
            if reverse("dossier_archive", args=[journey.dossier.pk]) in form:
                continue
            assert f'name="version" value="{journey.dossier.version}"' in form


class TestQueries:
    @pytest.mark.parametrize("state", ["submitted", "under_review", "approved", "in_progress", "work_done"])
    def test_the_page_asks_fifteen_queries_at_most(
        self, state: str, django_assert_max_num_queries: Any
    ) -> None:
        journey = Journey().to(state)
        client, address = signed_in(journey.officer), reverse("officer_dossier", args=[journey.dossier.pk])
        client.get(address)
        with django_assert_max_num_queries(15):
            client.get(f"{address}?vue=all&tri=anciens")

    @pytest.mark.parametrize("state", ["closure_submitted", "closed"])
    def test_a_closure_adds_what_was_filed_for_it(
        self, state: str, django_assert_max_num_queries: Any
    ) -> None:
        journey = Journey().to(state)
        client, address = signed_in(journey.officer), reverse("officer_dossier", args=[journey.dossier.pk])
        client.get(address)
        with django_assert_max_num_queries(17):
            client.get(address)

    def test_notes_and_other_dossiers_cost_no_more_when_many(
        self, django_assert_max_num_queries: Any
    ) -> None:
        journey = Journey().to("under_review")
        for _ in range(20):
            note = journey.dossier.notes.create(
                author=journey.officer, body="Une note.", written_at=clock.now()
            )
            note.mentioned.add(journey.manager)
        client, address = signed_in(journey.officer), reverse("officer_dossier", args=[journey.dossier.pk])
        client.get(address)
        with django_assert_max_num_queries(17):
            client.get(address)
        with django_assert_max_num_queries(6):
            client.get(reverse("dossier_others", args=[journey.dossier.pk]))
