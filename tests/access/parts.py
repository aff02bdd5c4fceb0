"""What the access tests build an address from: each part of the world, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from applications.models import (
    Absence,
    AssignmentRule,
    Assistance,
    BulkAssignment,
    Company,
    Deadline,
    Device,
    Dossier,
    DossierDocument,
    DossierImport,
    Envelope,
    Export,
    Invoice,
    Letter,
    LetterDraft,
    Minutes,
    Mission,
    Opinion,
    Parcel,
    ParcelItem,
    PaymentBatch,
    PendingApproval,
    Reason,
    Rehearsal,
    SavedView,
    Signatory,
)
from applications.services import opinions
from applications.services.editions import drafts
from applications.services.editions import rehearsal as rehearsals
from applications.services.letter_drafts import begin, draft_of
from applications.services.reasons import add as add_reason
from experts.models import AccreditationDecision, ExpertFirm, PassiImport, PassiListing
from portal import clock
from portal.accounts.models import (
    Invitation,
    JoinRequest,
    Membership,
    Organisation,
    PowerDelegation,
    User,
)
from portal.documents.models import Document
from portal.notifications.models import Notification, Outbox
from tariffs.models import EditionText
from tests.applications.editions import text_of


@dataclass
class World:
    """What a line of the matrix builds its address from. `users` holds a person per role of ROLES."""

    users: dict[str, User | None]
    company: Company
    other: Company
    firm: ExpertFirm
    other_firm: ExpertFirm
    invitation: Invitation
    dossiers: dict[str, Dossier]
    others: dict[str, Dossier]
    pending: PendingApproval
    letter: Outbox
    calendar_token: str

    @property
    def draft(self) -> Dossier:
        """A draft of the company, with its pieces."""
        return self.dossiers["draft"]

    @property
    def device(self) -> Device:
        """The company's device."""
        return self.company.devices.get()

    def assistance(self) -> Assistance:
        """The entry of the company's draft by the officer."""
        officer, known = self.users["officer"], Assistance.objects.filter(dossier=self.draft).first()
        assert officer is not None
        if known is None:
            Dossier.objects.filter(pk=self.draft.pk).update(entered={})
        return known or Assistance.objects.create(
            dossier=self.draft,
            officer=officer,
            channel="phone",
            received_on=clock.today(),
            opened_at=clock.now(),
        )

    def assisted(self) -> Dossier:
        """The company's draft, once the officer enters it."""
        return self.assistance().dossier

    def proposal(self) -> AccreditationDecision:
        """A suspension of the chosen expert that an officer proposes."""
        known = AccreditationDecision.objects.filter(status="proposed").first()
        return known or AccreditationDecision.objects.create(
            accreditation=self.firm.accreditations.order_by("pk").last(),
            name="suspend",
            motive="Rapports livrés en retard.",
            proposed_by=self.users["officer"],
            proposed_at=clock.now(),
        )

    def listing(self) -> PassiListing:
        """A line of ANSSI's list whose name is that of the chosen expert."""
        listing, _ = PassiListing.objects.update_or_create(
            name=self.firm.name,
            defaults={
                "name_key": self.firm.name.lower(),
                "scopes": ["code_audit"],
                "valid_from": clock.today(),
                "valid_until": clock.today(),
                "firm": self.firm,
                "match": PassiListing.Match.PROPOSED,
            },
        )
        return listing

    def passi_import(self) -> PassiImport:
        """A list that was brought."""
        known = PassiImport.objects.first()
        return known or PassiImport.objects.create(file_name="liste.csv", brought_at=clock.now())

    @property
    def piece(self) -> DossierDocument:
        """A piece of the draft."""
        return self.draft.documents.get(kind=DossierDocument.Kind.REGULARITY)

    @property
    def report(self) -> Document:
        """The final report of the paid dossier of volet 5."""
        return self.document("paid", DossierDocument.Kind.FINAL_REPORT)

    @property
    def sheet(self) -> Document:
        """A certificate that was filed, with the picture of its page."""
        return self.document("in_progress", DossierDocument.Kind.REGULARITY)

    @property
    def minutes(self) -> Minutes:
        """Minutes that the expert proposed, and that wait for the company."""
        return Minutes.objects.get(mission=self.mission("in_progress"), side="expert")

    @property
    def draft_minutes(self) -> Minutes:
        """Minutes that the company is writing."""
        return Minutes.objects.get(mission=self.mission("in_progress"), side="company")

    @property
    def deadline(self) -> Deadline:
        """The term of the dossier in progress."""
        return Deadline.objects.get(dossier=self.dossiers["in_progress"], kind="term", closed_on=None)

    @property
    def receipt(self) -> Letter:
        """The receipt of the company's paid dossier."""
        return Letter.objects.get(dossier=self.dossiers["paid"], kind="receipt")

    @property
    def letter_draft(self) -> LetterDraft:
        """The notice of the dossier in progress, being written."""
        dossier, officer = self.dossiers["in_progress"], self.users["officer"]
        assert officer is not None
        found = draft_of(dossier, "give_notice")
        return found or begin(
            dossier, "give_notice", mission=None, inputs={}, author=officer, now=clock.now()
        )

    @property
    def reason(self) -> Reason:
        """A reason of the library."""
        manager = self.users["manager"]
        assert manager is not None
        found = Reason.objects.first()
        return found or add_reason(rule="", title="Titre", text="Texte.", author=manager, now=clock.now())

    @property
    def envelope(self) -> Envelope:
        """The open envelope."""
        return Envelope.objects.get(is_open=True)

    @property
    def saved_view(self) -> SavedView:
        """A view that the officer keeps for himself."""
        owner, view = self.users["officer"], {"query": "vue=all", "created_at": clock.now()}
        return SavedView.objects.get_or_create(owner=owner, name="À moi", defaults=view)[0]

    @property
    def opinion(self) -> Opinion:
        """An opinion asked outside on the dossier in progress, that shows one piece and names nobody."""
        dossier, officer = self.dossiers["in_progress"], self.users["officer"]
        assert officer is not None
        dossier.refresh_from_db(fields=["version"])
        return Opinion.objects.first() or opinions.ask(
            dossier=dossier,
            actor=officer,
            expected_version=dossier.version,
            now=clock.now(),
            name="Pr Dehors",
            email="dehors@exemple.fr",
            question="Que pensez-vous de ce devis ?",
            due_on=clock.today() + timedelta(days=10),
            pieces=[opinions.showable(dossier)[0].pk],
        )

    @property
    def opinion_token(self) -> str:
        """The secret of its link."""
        return opinions.token_of(self.opinion)

    @property
    def batch(self) -> PaymentBatch:
        """A batch with the paid mission's transfer, that waits for its second person."""
        maker = self.users["controller"]
        assert maker is not None
        found, is_new = PaymentBatch.objects.get_or_create(
            reference="LOT-2026-000001",
            defaults={"execution_on": clock.today(), "made_by": maker, "made_at": clock.now()},
        )
        if is_new:
            mission = self.mission("paid")
            found.orders.create(
                mission=mission,
                reference=f"{mission.dossier.number}-1-1",
                ht="100.00",
                amount="120.00",
                creditor=self.firm.name,
                account="FR•• •••• 0189",
                account_fingerprint="0" * 64,
            )
        return found

    @property
    def rule(self) -> AssignmentRule:
        """A rule that gives to nobody."""
        return AssignmentRule.objects.get_or_create(name="Règle", defaults={"rank": 1})[0]

    @property
    def bulk_assignment(self) -> BulkAssignment:
        """An assignment of no dossier, prepared by the manager."""
        manager = self.users["manager"]
        found = {"motive": "Un motif assez long.", "source": "Liste", "prepared_at": clock.now()}
        return BulkAssignment.objects.get_or_create(owner=manager, defaults=found)[0]

    @property
    def absence(self) -> Absence:
        """The officer's absence to come, whose cover is his colleague."""
        officer = self.users["officer"]
        found, _ = Absence.objects.get_or_create(
            person=officer,
            defaults={
                "cover": self.users["other_officer"],
                "since": clock.today() + timedelta(days=30),
                "until": clock.today() + timedelta(days=40),
                "recorded_by": officer,
                "recorded_at": clock.now(),
            },
        )
        return found

    @property
    def power(self) -> PowerDelegation:
        """The manager's powers, lent to the officer."""
        found, _ = PowerDelegation.objects.get_or_create(
            giver=self.users["manager"],
            receiver=self.users["other_officer"],
            defaults={
                "role": "manager",
                "valid_from": clock.today() + timedelta(days=30),
                "valid_until": clock.today() + timedelta(days=40),
                "motive": "Congés",
                "created_at": clock.now(),
            },
        )
        return found

    def document(self, state: str, kind: str) -> Document:
        """Return the file of a piece of a dossier of the company."""
        document = self.dossiers[state].documents.get(kind=kind).document
        assert document is not None
        return document

    def mission(self, state: str) -> Mission:
        """Return the mission of a dossier of the company."""
        return Mission.objects.get(dossier=self.dossiers[state], is_current=True)

    def export(self) -> Export:
        """Return an export that the officer asked for."""
        officer = self.users["officer"]
        assert officer is not None
        found, _ = Export.objects.get_or_create(
            owner=officer,
            defaults={"role": "officer", "listing": "dossiers", "format": "csv", "asked_at": clock.now()},
        )
        return found

    def dossier_import(self) -> DossierImport:
        """Return a file of past dossiers that the command took."""
        found, _ = DossierImport.objects.get_or_create(
            sha256="0" * 64, defaults={"file_name": "passes.csv", "brought_at": clock.now()}
        )
        return found

    def edition_text(self) -> EditionText:
        """Return the draft of an edition, that the manager loaded."""
        draft = EditionText.objects.drafts().first()
        manager = self.users["manager"]
        assert manager is not None
        return draft or drafts.load(
            content=text_of("2031", in_force_from="2031-01-01", version=EditionText.objects.count()),
            file_name="2031.toml",
            actor=manager,
            now=clock.now(),
        )

    def rehearsal(self) -> Rehearsal:
        """Return a rehearsal of it, still to be done."""
        draft, manager = self.edition_text(), self.users["manager"]
        assert manager is not None
        waiting = Rehearsal.objects.running().filter(edition=draft).first()
        return waiting or rehearsals.ask(text=draft, actor=manager, now=clock.now())

    def unclaimed(self) -> Company:
        """Return a company without members, whose past dossier was recorded."""
        organisation, _ = Organisation.objects.get_or_create(kind="company", name="Reprise SAS")
        found, is_new = Company.objects.get_or_create(
            identifier="552100554", defaults={"organisation": organisation, "name": "Reprise SAS"}
        )
        if is_new:
            found.used_volets.create(
                volet=1, edition="2023", origin="Import", imported_by=self.dossier_import()
            )
        return found

    def parcel(self) -> Parcel:
        """Return a parcel with the paid dossier, not yet made."""
        officer = self.users["officer"]
        assert officer is not None
        found, is_new = Parcel.objects.get_or_create(
            recipient="sante",
            defaults={"recipient_label": "Santé", "made_by": officer, "made_at": clock.now()},
        )
        if is_new:
            ParcelItem.objects.create(parcel=found, dossier=self.dossiers["paid"], recipient="sante")
        return found

    def invoice(self, state: str = "work_done") -> Invoice:
        """Return the invoice to the company in a dossier's closure."""
        return Invoice.objects.get(mission=self.mission(state), addressee="company")

    def signatory(self, role: str = "owner") -> Signatory:
        """Return a signatory of the company."""
        return Signatory.objects.get(company=self.company, user=self.users[role])

    def membership(self, role: str = "member") -> Membership:
        """Return the membership of one of the people."""
        return Membership.objects.get(user=self.users[role])

    def join_request(self) -> JoinRequest:
        """Return the request of somebody to join the company."""
        return JoinRequest.objects.get(organisation=self.company.organisation)

    def notification(self, role: str = "owner") -> Notification:
        """Return one notification of one of the people."""
        found = Notification.objects.filter(recipient=self.users[role], read_at=None).first()
        assert found is not None
        return found
