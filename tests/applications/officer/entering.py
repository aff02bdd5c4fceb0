"""How the tests enter a request for a company that wrote, and have the company file it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Assistance, Company, Dossier, DossierDocument
from applications.services import filing, filing_pieces
from applications.services.assistance import entering
from applications.services.assistance.entering import Heard
from applications.services.filing_company import Lookup
from applications.services.transitions import execute
from portal import clock
from portal.accounts.models import User
from portal.audit.models import Event
from tests.applications import factories as f
from tests.applications.journeys import ENGAGED
from tests.portal.documents.makers import pdf

Kind = DossierDocument.Kind
# What only the company knows: it stands in no request that was filed.
SECRET = "zorg-secret"


def letter(name: str = "courrier.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, pdf(), content_type="application/pdf")


def heard(**changes: Any) -> Heard:
    told = {"channel": "post", "received_on": clock.today() - timedelta(days=3), "letter": letter()}
    return Heard(**{**told, **changes})  # type: ignore[arg-type]


def begin(company: Company, actor: User, *, volet: int = 1, **changes: Any) -> Assistance:
    """Begin an entry for a company that is on the portal."""
    lookup = Lookup(company.identifier_scheme, company.identifier, "none", taken=True)
    return entering.begin(
        lookup=lookup, identity={}, volet=volet, heard=heard(**changes), actor=actor, now=clock.now()
    )


def fill(dossier: Dossier, actor: User) -> None:
    """Fill in all that is not the company's to declare, by the use cases that the pages call."""
    firm, today = f.ExpertFirmFactory(), clock.today()

    def stand() -> dict[str, Any]:
        dossier.refresh_from_db()
        return {"actor": actor, "expected_revision": dossier.revision, "today": today}

    filing.save_company_facts(dossier, facts=f.company_facts(today), **stand())
    filing.save_device(dossier, facts=f.device_facts(), name="Patch", description="Un patch.", **stand())
    items = [item for item, _ in f.ITEMS[dossier.volet]]
    filing.confirm_volet(dossier, items=items, confirmed=True, **stand())
    filing.save_expert(dossier, firm=firm, now=clock.now(), **stand())
    lines = [{"item": item, "amount": amount} for item, amount in f.ITEMS[dossier.volet]]
    filing.save_quote_lines(dossier, lines=lines, issued_on=today, signed=False, **stand())
    for kind in (Kind.QUOTE, Kind.REGULARITY):
        piece = filing_pieces.add_document(dossier, actor=actor, kind=kind, file=letter(), today=today)
        filing_pieces.describe_document(
            piece, actor=actor, issued_on=today, covers=["tax", "social"], today=today
        )


def declare_and_file(dossier: Dossier, owner: User) -> Dossier:
    dossier.refresh_from_db()
    said = {"training_not_cumulated": True, "business_model_defined": True, "medical_committee": True}
    filing.save_declarations(
        dossier, declarations=said, actor=owner, expected_revision=dossier.revision, today=clock.today()
    )
    dossier.refresh_from_db()
    return execute(
        "submit",
        dossier=dossier,
        actor=owner,
        expected_version=dossier.version,
        expected_revision=dossier.revision,
        **ENGAGED,
    ).dossier


def names_of(dossier: Dossier) -> list[str]:
    return list(Event.objects.filter(chain=dossier.chain).order_by("sequence").values_list("name", flat=True))
