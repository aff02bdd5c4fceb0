"""Each part of a request is written under its lock, by its company alone, never over another's change."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Company, Dossier, Quote, Signatory
from applications.services import (
    filing,
    filing_company,
    filing_home,
    filing_pieces,
    filing_start,
    signatories,
)
from applications.steps import Status, tasks
from applications.workflow.refusals import NotYours, Refused, Stale, WrongState
from portal import clock
from portal.audit.models import Event
from portal.documents import services as documents
from portal.documents.models import Document
from tests.applications.factories import (
    PDF,
    CompanyFactory,
    DeviceFactory,
    DocumentFactory,
    DossierDocumentFactory,
    DossierFactory,
    ExpertFirmFactory,
    MembershipFactory,
    UserFactory,
    device_facts,
    owner_of,
    siren,
)
from tests.portal.documents.makers import pdf

pytestmark = pytest.mark.django_db

TODAY = clock.today()


def save_facts(dossier, owner, **changes):
    return filing.save_company_facts(
        dossier,
        actor=owner,
        expected_revision=dossier.revision,
        facts={**dossier.company_facts, **changes},
        today=TODAY,
    )


class TestLock:
    def test_a_write_counts_the_revision_and_keeps_the_facts_for_the_next_request(self, dossier, owner):
        save_facts(dossier, owner, headcount="31")
        dossier.refresh_from_db()
        assert (dossier.revision, dossier.company_facts["headcount"]) == (1, "31")
        dossier.company.refresh_from_db()
        assert dossier.company.facts["headcount"] == "31"

    def test_two_drafts_of_one_company_keep_what_each_told_of_it(self, dossier, owner, monkeypatch):
        """The other draft is saved after this one read the company, before it writes."""
        write = filing._write

        def meanwhile(*args):
            Company.objects.update(facts={**dossier.company.facts, "told_by_the_other": "yes"})
            return write(*args)

        monkeypatch.setattr(filing, "_write", meanwhile)
        save_facts(dossier, owner, headcount="31")
        dossier.company.refresh_from_db()
        told = dossier.company.facts
        assert (told["headcount"], told["told_by_the_other"]) == ("31", "yes")

    def test_a_stale_revision_overwrites_nothing(self, dossier, owner):
        save_facts(dossier, owner, headcount="31")
        with pytest.raises(Stale):
            filing.save_company_facts(
                dossier, actor=owner, expected_revision=0, facts={"headcount": "99"}, today=TODAY
            )
        dossier.refresh_from_db()
        assert dossier.company_facts["headcount"] == "31"

    def test_a_stranger_is_refused(self, dossier):
        with pytest.raises(NotYours):
            save_facts(dossier, UserFactory())

    def test_a_submitted_request_is_sealed(self, dossier, owner):
        Dossier.objects.filter(pk=dossier.pk).update(
            state="submitted",
            number="DM-2026-000001",
            submitted_at=clock.now(),
            judged_on=TODAY,
            edition="2024",
        )
        with pytest.raises(WrongState):
            save_facts(dossier, owner)

    def test_what_the_engine_cannot_read_is_refused_and_rolled_back(self, dossier, owner):
        with pytest.raises(Refused) as refusal:
            save_facts(dossier, owner, created_on=(TODAY + timedelta(days=1)).isoformat())
        assert refusal.value.obstacles[0].field == "created_on"
        dossier.refresh_from_db()
        assert dossier.revision == 0


class TestStart:
    def test_it_carries_over_what_the_company_told_and_what_was_simulated(self, company, owner):
        device = DeviceFactory(company=company)
        dossier = filing_start.start_dossier(
            company=company,
            volet=2,
            actor=owner,
            now=clock.now(),
            today=TODAY,
            device=device,
            case={
                "volet": 2,
                "company": {"headcount": "44", "volets_used": [1]},
                "device": {"ce_marking": "obtained"},
                "quote": {"lines": [{"item": "ce_technical_file", "amount": "12500.50"}]},
            },
        )
        assert dossier.company_facts["headcount"] == "44"
        assert "volets_used" not in dossier.company_facts
        assert dossier.company_facts["legal_form"] == "5710"
        assert dossier.device_facts["ce_marking"] == "obtained"
        assert dossier.device_class == "IIa"
        assert dossier.quotes.get().lines.get().amount == Decimal("12500.50")

    def test_a_second_request_for_a_volet_gives_the_first_one(self, dossier, owner):
        again = filing_start.start_dossier(
            company=dossier.company, volet=1, actor=owner, now=clock.now(), today=TODAY
        )
        assert again.pk == dossier.pk
        assert Dossier.objects.count() == 1

    def test_nobody_starts_a_request_for_another_company(self, company):
        with pytest.raises(NotYours):
            filing_start.start_dossier(
                company=company, volet=1, actor=UserFactory(), now=clock.now(), today=TODAY
            )


class TestParts:
    def test_a_new_device_is_added_with_its_facts(self, company, owner):
        dossier = DossierFactory(company=company, device=None, device_facts={}, pieces=False)
        filing.save_device(
            dossier,
            actor=owner,
            expected_revision=0,
            facts=device_facts(risk_class="III"),
            name="Stent",
            today=TODAY,
        )
        dossier.refresh_from_db()
        assert (dossier.device.name, dossier.device.facts["risk_class"]) == ("Stent", "III")
        assert (dossier.device_kind, dossier.device_class) == ("dm", "III")

    def test_the_device_of_another_company_is_refused(self, dossier, owner):
        with pytest.raises(Refused):
            filing.choose_device(
                dossier, actor=owner, expected_revision=0, device=DeviceFactory(), today=TODAY
            )

    def test_another_expert_takes_the_derogation_away(self, dossier, owner):
        outside, accredited = ExpertFirmFactory(volets=()), ExpertFirmFactory()
        for firm, reason in ((outside, "Seul spécialiste des valves en Europe."), (accredited, "")):
            dossier.refresh_from_db()
            filing.save_expert(
                dossier,
                actor=owner,
                expected_revision=dossier.revision,
                firm=firm,
                derogation_reason=reason,
                now=clock.now(),
                today=TODAY,
            )
            fresh = Dossier.objects.get(pk=dossier.pk)
            assert hasattr(fresh, "derogation") is bool(reason)
        assert Quote.objects.get(dossier=dossier).firm == accredited

    def test_quote_lines_are_written_in_order(self, dossier, owner):
        filing.save_quote_lines(
            dossier,
            actor=owner,
            expected_revision=0,
            lines=[{"item": "travel", "amount": "300"}, {"item": "qms_support", "amount": "1000.10"}],
            issued_on=TODAY,
            signed=False,
            today=TODAY,
        )
        lines = dossier.quotes.get().lines.all()
        assert [(line.item, str(line.amount)) for line in lines] == [
            ("travel", "300.00"),
            ("qms_support", "1000.10"),
        ]


class TestPieces:
    def upload(self, name="attestation.pdf"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        return SimpleUploadedFile(name, real_pdf(), content_type="application/pdf")

    def test_a_file_is_joined_and_takes_the_place_of_an_excuse(self, dossier, owner):
        dossier.documents.filter(kind="regularity_certificate").delete()
        filing_pieces.state_absence(
            dossier,
            actor=owner,
            kind="regularity_certificate",
            reason="Demandée hier à l’URSSAF, pas encore reçue.",
            today=TODAY,
        )
        piece = filing_pieces.add_document(
            dossier, actor=owner, kind="regularity_certificate", file=self.upload(), today=TODAY
        )
        assert [one.pk for one in filing_pieces.pieces_of(dossier).filter(kind=piece.kind)] == [piece.pk]

    def test_a_short_excuse_is_refused(self, dossier, owner):
        with pytest.raises(Refused):
            filing_pieces.state_absence(dossier, actor=owner, kind="tax_return", reason="non", today=TODAY)

    def test_the_21st_file_is_refused_and_not_kept(self, dossier, owner):
        for _ in range(18):
            DossierDocumentFactory(dossier=dossier, kind="other")
        with pytest.raises(Refused):
            filing_pieces.add_document(dossier, actor=owner, kind="other", file=self.upload(), today=TODAY)
        assert filing_pieces.pieces_of(dossier).count() == 20

    def test_200_megabytes_are_the_most(self, dossier, owner):
        organisation = dossier.company.organisation
        heavy = DocumentFactory(organisation=organisation, size=filing_pieces.MAX_BYTES)
        DossierDocumentFactory(dossier=dossier, kind="other", document=heavy)
        with pytest.raises(Refused):
            filing_pieces.add_document(dossier, actor=owner, kind="other", file=self.upload(), today=TODAY)

    def test_a_removed_quote_leaves_the_quote_without_its_file(self, dossier, owner):
        piece = dossier.documents.get(kind="quote")
        filing_pieces.remove_document(piece, actor=owner, now=clock.now(), today=TODAY)
        assert dossier.quotes.get().document is None
        with pytest.raises(Refused):
            filing_pieces.remove_document(piece, actor=owner, now=clock.now(), today=TODAY)


def real_pdf() -> bytes:
    """Return a PDF that a strict reader accepts."""
    from io import BytesIO

    from pypdf import PdfWriter

    writer, buffer = PdfWriter(), BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(buffer)
    return buffer.getvalue() or PDF


class TestCompany:
    @pytest.mark.parametrize(
        ("scheme", "typed", "kept"),
        [
            ("siren", "732 829 320", "732829320"),
            ("siren", "732\u00a0829\u00a0320 00074", "732829320"),
            ("siren", "73282932000074", "732829320"),
            ("ridet", " 0 123 456.001 ", "0123456.001"),
            ("tahiti", "a12345", "A12345"),
        ],
    )
    def test_identifiers_are_read_as_they_are_typed(self, scheme, typed, kept):
        assert filing_company.read_identifier(scheme, typed) == kept

    @pytest.mark.parametrize("typed", ["732829321", "73282932000075", "12", "abcdefghi", ""])
    def test_a_wrong_siren_says_what_to_do(self, typed):
        with pytest.raises(Refused, match="SIREN"):
            filing_company.read_identifier("siren", typed)

    def test_a_company_has_one_space(self, company):
        with pytest.raises(Refused, match="déjà un espace"):
            filing_company.register_company(
                scheme="siren",
                identifier=company.identifier,
                owner=UserFactory(),
                name="Double",
                now=clock.now(),
            )

    def test_a_new_company_is_owned_by_its_creator(self):
        person = UserFactory()
        company = filing_company.register_company(
            scheme="siren", identifier=siren(41_000_000), owner=person, name="Nouvelle", now=clock.now()
        )
        assert owner_of(company) == person

    def test_a_delegate_needs_the_delegation(self, company, owner):
        with pytest.raises(Refused):
            signatories.add_signatory(
                company,
                actor=owner,
                person=owner,
                capacity="Directrice",
                kind="delegate",
                now=clock.now(),
            )

    def test_who_signs_leaves_its_events(self, company, owner):
        person = MembershipFactory(organisation=company.organisation).user
        named = signatories.add_signatory(
            company,
            actor=owner,
            person=person,
            capacity="Directrice",
            kind="legal_representative",
            now=clock.now(),
        )
        also = Signatory.objects.get(pk=named.pk)
        signatories.end_signatory(named, actor=owner, now=clock.now())
        signatories.end_signatory(also, actor=owner, now=clock.now())
        events = Event.objects.filter(chain=f"company:{company.pk}").order_by("sequence")
        assert [event.name for event in events] == ["signatory_named", "signatory_ended"]
        assert {event.data["signatory"] for event in events} == {named.pk}

    def test_who_was_named_while_a_delegation_was_read_is_not_named_again(self, company, owner, monkeypatch):
        person, store = MembershipFactory(organisation=company.organisation).user, documents.store
        given = {"actor": owner, "person": person, "capacity": "Directrice", "now": clock.now()}

        def slow(**fields):
            signatories.add_signatory(company, kind="legal_representative", **given)
            return store(**fields)

        monkeypatch.setattr(signatories.documents, "store", slow)
        paper = SimpleUploadedFile("delegation.pdf", pdf())
        with pytest.raises(Refused, match="déjà signataire"):
            signatories.add_signatory(company, kind="delegate", delegation=paper, **given)
        assert company.signatories.get(user=person).kind == "legal_representative"
        assert not Document.objects.filter(kind="delegation").exists()


class TestTasks:
    def judge(self, dossier):
        return {task.step.slug: task.status for task in tasks(dossier, filing.judged(dossier, today=TODAY))}

    def test_a_complete_draft_is_done_and_ready_to_be_read_over(self, dossier):
        found = self.judge(dossier)
        assert found.pop("relecture") == Status.DUE
        assert set(found.values()) == {Status.DONE}

    def test_an_empty_draft_has_everything_to_do(self):
        company = CompanyFactory(facts={})
        dossier = DossierFactory(
            company=company,
            device=None,
            firm=None,
            device_facts={},
            declarations={},
            commitments={},
            pieces=False,
        )
        found = self.judge(dossier)
        assert found.pop("relecture") == Status.LATER
        assert found.pop("declarations") == Status.DONE
        assert set(found.values()) == {Status.DUE}

    def test_a_failing_rule_is_to_mend_in_its_task(self, dossier, owner):
        save_facts(dossier, owner, tax_and_social_up_to_date=False)
        dossier.refresh_from_db()
        assert self.judge(dossier)["entreprise"] == Status.MEND


class TestHome:
    def cards(self, company):
        return {card.number: card.status for card in filing_home.read_space(company, today=TODAY).cards}

    def test_each_volet_says_where_it_stands(self, dossier):
        assert self.cards(dossier.company) == {1: "drafted", **dict.fromkeys((2, 3, 4, 5), "available")}

    def test_a_class_i_device_closes_the_volets_that_exclude_it(self, company):
        DeviceFactory(company=company, facts=device_facts(risk_class="I"))
        assert self.cards(company) == {1: "closed", 2: "closed", 3: "closed", 4: "available", 5: "available"}

    def test_the_nearest_date_comes_first(self, dossier):
        sent = DossierFactory(company=dossier.company, volet=2, pieces=False)
        sent.state, sent.contract_sent_on = "contract_sent", TODAY - timedelta(days=5)
        found = filing_home.next_actions([dossier, sent], today=TODAY)
        assert [(one.dossier.volet, one.on) for one in found] == [(2, TODAY + timedelta(days=25)), (1, None)]
