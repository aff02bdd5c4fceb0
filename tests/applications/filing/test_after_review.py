"""What a completion leaves the company to change of a derogation, and of a quote after a replacement."""

from decimal import Decimal

import pytest

from applications.models import Derogation, Dossier, DossierDocument, Quote
from applications.services import filing
from applications.steps import BY_SLUG
from applications.workflow.refusals import Refused
from portal import clock
from tests.applications.factories import DossierDocumentFactory, ExpertFirmFactory
from tests.applications.journeys import Journey

pytestmark = pytest.mark.django_db

TODAY = clock.today()


class TestOfTheReview:
    def choose(self, journey, firm, reason=""):
        return filing.save_expert(
            journey.dossier,
            actor=journey.owner,
            expected_revision=journey.dossier.revision,
            firm=firm,
            derogation_reason=reason,
            now=clock.now(),
            today=TODAY,
        )

    def asked(self, step, target="", **derogation):
        """Return a completion of `step` on a request whose firm is outside the pool."""
        journey = Journey().to("under_review")
        if derogation:
            if derogation["status"] != "requested":
                derogation |= {
                    "officer": journey.officer,
                    "manager": journey.manager,
                    "motive": "Motif long.",
                }
                derogation |= {"officer_favourable": True, "decided_at": clock.now()}
            Derogation.objects.create(
                dossier=journey.dossier, reason="Seul spécialiste.", requested_at=clock.now(), **derogation
            )
        items = [{"step": step, "target": target, "reason": "À préciser, merci."}]
        journey.act("request_completion", journey.officer, items=items, message="Merci.")
        return journey

    @pytest.mark.parametrize("reason", ["", "Un tout autre motif."])
    def test_a_derogation_is_sealed_unless_the_step_is_named(self, reason):
        journey = self.asked("pieces", "quote", status="requested")
        with pytest.raises(Refused, match="pas à compléter"):
            self.choose(journey, journey.dossier.firm, reason)
        assert Derogation.objects.get().reason == "Seul spécialiste."

    @pytest.mark.parametrize("status", ["refused", "granted"])
    @pytest.mark.parametrize("reason", ["", "Un tout autre motif."])
    def test_a_decided_derogation_is_neither_rewritten_nor_removed(self, status, reason):
        journey = self.asked("expert", status=status)
        with pytest.raises(Refused, match="décidée"):
            self.choose(journey, journey.dossier.firm, reason)
        kept = Derogation.objects.get()
        assert (kept.reason, kept.status) == ("Seul spécialiste.", status)

    def test_another_firm_asks_anew(self):
        journey = self.asked("expert", status="granted")
        self.choose(journey, ExpertFirmFactory(volets=()), "Elle seule connaît ces valves.")
        fresh = Derogation.objects.get()
        assert (fresh.status, fresh.reason) == ("requested", "Elle seule connaît ces valves.")

    def test_another_firm_from_outside_comes_with_evidence_of_its_own(self):
        journey = self.asked("expert", status="requested")
        former = DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
        self.choose(journey, ExpertFirmFactory(volets=()), "Elle seule connaît ces valves.")
        former.refresh_from_db()
        assert former.replaced_at is not None
        with pytest.raises(Refused) as refusal:
            self.answer(journey)
        assert "derogation_evidence_missing" in {one.code for one in refusal.value.obstacles}
        assert "Joignez une pièce" in BY_SLUG["expert"].gap(Dossier.objects.get())
        assert filing.scope_for(Dossier.objects.get(), today=TODAY).allows("pieces", "derogation_evidence")
        DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
        self.answer(journey)
        assert journey.dossier.state == "under_review"

    def test_a_firm_of_the_pool_needs_none_and_a_derogation_filed_before_is_not_asked_again(self):
        journey = self.asked("expert", status="requested")
        self.choose(journey, ExpertFirmFactory())
        self.answer(journey)
        journey = self.asked("devis", status="requested")
        Derogation.objects.filter(dossier=journey.dossier).update(requested_at=journey.dossier.submitted_at)
        scope = filing.scope_for(Dossier.objects.get(pk=journey.dossier.pk), today=TODAY)
        assert not scope.allows("pieces", "derogation_evidence")
        self.answer(journey)
        assert journey.dossier.state == "under_review"

    def answer(self, journey):
        journey.dossier.refresh_from_db()
        journey.act("resubmit", journey.owner, expected_revision=journey.dossier.revision)

    def test_another_firm_comes_with_another_quote(self):
        """Naming the expert alone opens his quote: the new one never reads the former one's prices."""
        journey = self.asked("expert")
        piece = DossierDocument.objects.get(dossier=journey.dossier, kind="quote")
        self.choose(journey, ExpertFirmFactory(), "")
        piece.refresh_from_db()
        assert piece.replaced_at is not None
        assert Quote.objects.get(dossier=journey.dossier).document is None
        scope = filing.scope_for(Dossier.objects.get(pk=journey.dossier.pk), today=TODAY)
        assert scope.allows("devis", "lines")
        assert scope.allows("pieces", "quote")
        assert not scope.allows("pieces", "tax_return")
        assert not scope.allows("entreprise", "headcount")

    def test_after_a_replacement_the_new_firms_quote_is_completed(self):
        journey = Journey().to("under_review")
        lines = [{"item": "qms_support", "amount": "20000.00"}]
        journey.act(
            "replace_expert",
            journey.manager,
            firm=ExpertFirmFactory(),
            lines=lines,
            motive="Empêchement long.",
        )
        items = [{"step": "devis", "target": "", "reason": "Montant à revoir."}]
        journey.act("request_completion", journey.officer, items=items, message="Merci.")
        before = list(Quote.objects.get(dossier=journey.dossier, number=1).lines.values())
        filing.save_quote_lines(
            journey.dossier,
            actor=journey.owner,
            expected_revision=journey.dossier.revision,
            lines=[{"item": "qms_support", "amount": "18000.00"}],
            issued_on=TODAY,
            signed=False,
            today=TODAY,
        )
        first, second = Quote.objects.filter(dossier=journey.dossier).order_by("number")
        assert list(first.lines.values()) == before
        assert [line.amount for line in second.lines.all()] == [Decimal("18000.00")]

        assert first.firm != second.firm
