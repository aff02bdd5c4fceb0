"""People, firms and papers for the tests of the expert pool."""

from datetime import date, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfWriter

from experts import services
from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, ExpertFirm
from experts.services import Evidence, register_firm
from portal.accounts.models import StaffRole, User

NOW = datetime(2026, 6, 15, 9, 0, tzinfo=timezone(timedelta(hours=2)))
TODAY = date(2026, 6, 15)
SIRENS = ("732829320", "404833048", "552100554")
MOTIVE = "Références solides, papiers en règle"


def person(name: str, role: str = StaffRole.NONE) -> User:
    return User.objects.create_user(f"{name}@example.fr", full_name=name.title(), staff_role=role)


def paper(name: str = "piece.pdf") -> SimpleUploadedFile:
    """A sound PDF of one page."""
    writer, target = PdfWriter(), BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.write(target)
    return SimpleUploadedFile(name, target.getvalue(), content_type="application/pdf")


def evidence(**changed: Any) -> Evidence:
    """Everything that a first request asks for."""
    known: dict[str, Any] = {
        "cvs": [paper("cv-lys.pdf"), paper("cv-roy.pdf")],
        "insurance": paper("assurance.pdf"),
        "insurer": "Mutuelle des experts",
        "insurance_from": date(2026, 1, 1),
        "insurance_until": date(2026, 12, 31),
        "tax": paper("vigilance.pdf"),
        "tax_issued_on": date(2026, 5, 2),
    }
    return Evidence(**(known | changed))


def ask(
    firm: ExpertFirm, actor: User, volet: int = 1, *, now: datetime = NOW, **changed: Any
) -> Accreditation:
    """Ask for one volet with every paper."""
    return services.request_accreditation(
        firm=firm,
        volet=volet,
        references="Audit ISO 13485 de trois fabricants",
        charter_version=CHARTER_VERSION,
        evidence=evidence(**changed),
        actor=actor,
        now=now,
    )


def decide(
    accreditation: Accreditation,
    decision: str,
    officer: User,
    manager: User,
    *,
    now: datetime = NOW,
    **dates: Any,
) -> Accreditation:
    """Take a decision by its two persons."""
    proposal = services.propose_decision(
        accreditation=accreditation, decision=decision, motive=MOTIVE, actor=officer, now=now, **dates
    )
    return services.follow_decision(proposal=proposal, actor=manager, now=now)


@pytest.fixture
def expert(db: None) -> User:
    return person("expert")


@pytest.fixture
def firm(expert: User) -> ExpertFirm:
    return register_firm(name="Vigie Conseil", siren=SIRENS[0], actor=expert, now=NOW)


@pytest.fixture
def officer(db: None) -> User:
    return person("officer", StaffRole.OFFICER)


@pytest.fixture
def manager(db: None) -> User:
    return person("manager", StaffRole.MANAGER)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
