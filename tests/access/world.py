"""The world the access tests walk in: two companies, two firms, the whole staff, dossiers at every turn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile

from applications.models import (
    Company,
    Device,
    Dossier,
    DossierDocument,
    Message,
    Note,
    PendingApproval,
)
from applications.services.calendar import make_feed
from applications.services.mission import minutes
from applications.services.settlement import quote_of
from experts.models import ExpertFirm
from portal import clock
from portal.accounts.models import (
    Invitation,
    JoinRequest,
    MembershipRole,
    Organisation,
    User,
)
from portal.accounts.services.invitations import hash_token
from portal.documents.models import Document, PagePreview
from portal.notifications.models import Notification, Outbox
from tests.access.parts import World
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.portal.documents.makers import pdf, picture

TOKEN = "jeton-de-l-invitation"
REPORT = b"%PDF-1.4 rapport final\n%%EOF\n"

# Words planted in company A's data: who must never read them is in tests/access/canaries.py.
IDENTITY = {"company": "Zorgonaute", "device": "Zorgopatch"}
FINANCIALS = {
    "turnover": "7654321.11",
    "balance_sheet": "9876543.21",
    "equity": "3141592.65",
    "subscribed_capital": "2718281.82",
}
SHAREHOLDER = "Zorgactionnaire"
NOTE = "zorg-note-interne"
COMPANY_MESSAGE = "zorg-message-entreprise"
EXPERT_MESSAGE = "zorg-message-expert"
QUOTE_LABEL = "zorg-libelle-devis"
MINUTES = "zorg-compte-rendu-propose"
DRAFT_MINUTES = "zorg-compte-rendu-brouillon"
FILE_NAMES = {
    DossierDocument.Kind.QUOTE: "zorg-devis.pdf",
    DossierDocument.Kind.REGULARITY: "zorg-attestation.pdf",
    DossierDocument.Kind.FINAL_REPORT: "zorg-rapport.pdf",
    DossierDocument.Kind.SIGNED_QUOTE: "zorg-devis-signe.pdf",
    DossierDocument.Kind.COMPANY_INVOICE: "zorg-facture-entreprise.pdf",
    DossierDocument.Kind.BPIFRANCE_INVOICE: "zorg-facture-bpifrance.pdf",
}

ROLES = (
    "anonymous",
    "owner",
    "member",
    "other_company",
    "chosen_expert",
    "other_expert",
    "officer",
    "other_officer",
    "manager",
    "controller",
    "auditor",
    "administrator",
    "deactivated",
)

__all__ = ["World"]


def shareholders() -> list[dict[str, Any]]:
    """Return one holder with a name nobody else must read."""
    return [{"name": SHAREHOLDER, "kind": "person", "share": "100", "exempt_investor": False}]


class _Builder:
    """Builds the world with one staff for every dossier."""

    def __init__(self) -> None:
        self.staff = {
            "officer": f.OfficerFactory(),
            "other_officer": f.OfficerFactory(),
            "manager": f.ManagerFactory(delegated=True),
            "controller": f.ControllerFactory(),
            "auditor": f.AuditorFactory(),
            "administrator": f.AdministratorFactory(),
        }
        self.firm: ExpertFirm = f.ExpertFirmFactory()
        self.other_firm: ExpertFirm = f.ExpertFirmFactory()
        for firm in (self.firm, self.other_firm):
            firm.consultants.create(full_name="Conrad Conseil")

    def company(self, name: str, **facts: Any) -> Company:
        company: Company = f.CompanyFactory(
            name=name, facts=f.company_facts(clock.today(), **facts), city="Lyon"
        )
        return company

    def road(self, company: Company, device: Device, volet: int, state: str, firm: ExpertFirm) -> Journey:
        """Return a dossier of the company taken to a state by this world's staff."""
        dossier: Dossier = f.DossierFactory(company=company, device=device, volet=volet, firm=firm)
        journey = Journey(dossier)
        journey.officer, journey.manager = self.staff["officer"], self.staff["manager"]
        journey.controller = self.staff["controller"]
        return journey.to(state)

    def planted(self, journey: Journey) -> Journey:
        """Plant the words in what people wrote and joined."""
        dossier = journey.dossier
        for kind, name in FILE_NAMES.items():
            Document.objects.filter(piece__dossier=dossier, piece__kind=kind).update(original_name=name)
        for quote in dossier.quotes.all():
            quote.lines.update(label=QUOTE_LABEL)
        if dossier.submitted_at is not None:
            officer = self.staff["officer"]
            Note.objects.create(dossier=dossier, author=officer, body=NOTE, written_at=journey.now)
            for thread, body, mission in (
                ("company", COMPANY_MESSAGE, None),
                ("expert", EXPERT_MESSAGE, journey.mission),
            ):
                Message.objects.create(
                    dossier=dossier,
                    thread=thread,
                    mission=mission,
                    author=officer,
                    body=body,
                    from_bpifrance=True,
                    sent_at=journey.now,
                )
        return journey


def _lower_amounts(journey: Journey) -> list[dict[str, Any]]:
    quote = quote_of(journey.mission)
    assert quote is not None
    return [
        {
            "item": line.item,
            "amount": line.amount - 1,
            "complexity": "",
            "performed_by": "expert",
            "label": "",
        }
        for line in quote.lines.all()
    ]


def build() -> World:
    """Build the world; each dossier of company A stands in the state it is named after."""
    make = _Builder()
    company = make.company(IDENTITY["company"], **FINANCIALS, shareholders=shareholders())
    device = f.DeviceFactory(company=company, name=IDENTITY["device"])
    roads = {
        state: make.road(company, device, volet, state, make.firm)
        for volet, state in (
            (1, "contract_sent"),
            (2, "draft"),
            (3, "in_progress"),
            (4, "work_done"),
            (5, "paid"),
        )
    }
    _enrich(roads)
    for journey in roads.values():
        make.planted(journey)
    paid = roads["paid"]
    _keep_report(paid.dossier)
    _draw_page(roads["in_progress"].dossier)
    paid.act(
        "reverse_payment",
        make.staff["controller"],
        mission=paid.mission,
        motive=MOTIVE,
        bank_reason="AC04",
        then="pay",
    )
    other = make.company("Autre Société")
    other_device = f.DeviceFactory(company=other)
    others = {
        state: make.road(other, other_device, volet, state, make.other_firm).dossier
        for volet, state in ((1, "under_review"), (2, "draft"), (4, "work_done"))
    }
    return _world(make, company, other, {name: one.dossier for name, one in roads.items()}, others)


def _enrich(roads: dict[str, Journey]) -> None:
    """Add what only some pages show: an amendment to sign, minutes to approve, a closure to send."""
    running = roads["in_progress"]
    running.act("amend", running.officer, lines=_lower_amounts(running), motive=MOTIVE)
    _meet(running)
    roads["work_done"].fill_closure()


def _meet(running: Journey) -> None:
    """Have the expert propose minutes, and the company begin others."""
    said = minutes.Told(met_on=running.today, present="Deux personnes", decided=MINUTES)
    proposed = minutes.start(mission=running.mission, actor=running.expert, now=running.now, said=said)
    minutes.propose(version=proposed, actor=running.expert, now=running.now, expected_revision=0)
    said = minutes.Told(met_on=running.today, present="Deux personnes", decided=DRAFT_MINUTES)
    minutes.start(mission=running.mission, actor=running.owner, now=running.now, said=said)


def _draw_page(dossier: Dossier) -> None:
    """Keep a certificate's file, and the picture of its page."""
    document = dossier.documents.get(kind=DossierDocument.Kind.REGULARITY).document
    assert document is not None
    document.file.save("attestation", ContentFile(pdf()), save=False)
    page = PagePreview(document=document, number=1, width=20, height=10)
    page.file.save("page", ContentFile(picture()), save=True)
    document.preview, document.page_count = "ready", 1
    document.save()


def _keep_report(dossier: Dossier) -> None:
    """Write the final report's file, to be sent byte for byte."""
    document = dossier.documents.get(kind=DossierDocument.Kind.FINAL_REPORT).document
    assert document is not None
    document.file.save("rapport", ContentFile(REPORT), save=False)
    document.size = len(REPORT)
    document.save()


def _world(
    make: _Builder,
    company: Company,
    other: Company,
    dossiers: dict[str, Dossier],
    others: dict[str, Dossier],
) -> World:
    member, gone = f.UserFactory(), f.UserFactory()
    for person in (member, gone):
        f.MembershipFactory(user=person, organisation=company.organisation)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    owner = f.owner_of(company)
    users: dict[str, User | None] = {
        "anonymous": None,
        "owner": owner,
        "member": member,
        "other_company": f.owner_of(other),
        "chosen_expert": f.owner_of(make.firm),
        "other_expert": f.owner_of(make.other_firm),
        **make.staff,
        "deactivated": gone,
    }
    for person in users.values():
        if person is not None:
            _notify(person)
            EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    return World(
        users=users,
        company=company,
        other=other,
        firm=make.firm,
        other_firm=make.other_firm,
        invitation=_invite(company.organisation, owner),
        dossiers={name: Dossier.objects.get(pk=one.pk) for name, one in dossiers.items()},
        others=others,
        pending=PendingApproval.objects.get(dossier=dossiers["paid"]),
        letter=Outbox.objects.create(
            kind="notify", dedup_key="mort", due_at=clock.now(), dead_at=clock.now(), attempts=10
        ),
        calendar_token=make_feed(user=owner, now=clock.now()),
    )


def _notify(person: User) -> None:
    Notification.objects.create(
        recipient=person,
        title="Un avis",
        body="À lire.",
        url="/",
        kind="test",
        event_ref="monde",
        created_at=clock.now(),
    )


def _invite(organisation: Organisation, owner: User) -> Invitation:
    now = clock.now()
    JoinRequest.objects.create(organisation=organisation, user=f.UserFactory(), asked_at=now)
    return Invitation.objects.create(
        organisation=organisation,
        email="invitee@exemple.test",
        role=MembershipRole.MEMBER,
        token_hash=hash_token(TOKEN),
        invited_by=owner,
        created_at=now,
        expires_at=now + timedelta(days=14),
    )
