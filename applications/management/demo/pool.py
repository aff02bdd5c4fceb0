"""The demo world's expert pool: accreditations at each step of their life, and a small list of ANSSI."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO

from applications.management.demo.papers import paper
from experts.charter import CHARTER_VERSION
from experts.models import Accreditation, AuditScope, ExpertFirm, PassiImport
from experts.services import (
    Evidence,
    add_consultant,
    file_insurance,
    follow_decision,
    propose_decision,
    request_accreditation,
)
from experts.services.passi import import_file
from portal.accounts.models import User
from portal.clock import civil_date

REFERENCES = (
    "Fabricant de capteurs cardiaques (2024) : mise en conformité de bout en bout, jusqu’à l’audit.\n"
    "Éditeur de logiciel de télésurveillance (2025) : même prestation, livrée en quatre mois."
)
MOTIVE = "Références vérifiées auprès de deux clients ; papiers en règle."
LATE = "Deux rapports remis avec plus de trente jours de retard, malgré deux rappels."
LIST = """siren;raison_sociale;portees;valide_du;valide_au
732829320;CYBERIUS AUDIT SAS;{all};{a};{b}
542065479;Pentalis Sécurité;{all};{c};{d}
;Société Pharos Réglementaire S.A.S.;audit d'architecture|audit organisationnel et physique;{a};{b}
404833048;Sentinelle Numérique;audit de code source|tests d'intrusion;{a};{b}
"""
ALL = "|".join(AuditScope.labels)


def accredit(
    firm: ExpertFirm,
    owner: User,
    volets: Sequence[int],
    *,
    officer: User,
    manager: User,
    at: datetime,
    until: date,
) -> list[Accreditation]:
    """Have the firm ask for these volets at an instant of the past, and two persons grant them."""
    granted = []
    for rank, volet in enumerate(volets):
        asked = _ask(firm, owner, volet, at=at, first=rank == 0)
        proposal = propose_decision(
            accreditation=asked,
            decision="grant",
            motive=MOTIVE,
            actor=officer,
            now=at,
            valid_from=civil_date(at),
            valid_until=until,
        )
        granted.append(follow_decision(proposal=proposal, actor=manager, now=at))
    return granted


def insure(firm: ExpertFirm, owner: User, *, now: datetime) -> None:
    """Give the firm an insurance in force for most of a year."""
    today = civil_date(now)
    file_insurance(
        firm=firm,
        file=paper("attestation-assurance", "Attestation d’assurance professionnelle", firm.name),
        insurer="Mutuelle des experts",
        valid_from=today - timedelta(days=65),
        valid_until=today + timedelta(days=300),
        actor=owner,
        now=now,
    )


def man(firm: ExpertFirm, owner: User, volets: Sequence[int], *, now: datetime) -> None:
    """Make the owner a consultant of the firm, with his CV."""
    add_consultant(
        firm=firm,
        actor=owner,
        now=now,
        full_name=owner.full_name,
        email=owner.email,
        volets=volets,
        cv=paper("cv", owner.full_name, "Quinze ans auprès de fabricants de dispositifs médicaux."),
    )


def unsettle(firm: ExpertFirm, owner: User, *, officer: User, manager: User, now: datetime) -> None:
    """Show the other states on one firm: about to end, suspended, and asked with its papers."""
    today = civil_date(now)
    at = now - timedelta(days=1040)
    accredit(firm, owner, (1,), officer=officer, manager=manager, at=at, until=today + timedelta(days=55))
    late = accredit(
        firm, owner, (2,), officer=officer, manager=manager, at=at, until=today + timedelta(days=400)
    )[0]
    insure(firm, owner, now=now)
    proposal = propose_decision(
        accreditation=late, decision="suspend", motive=LATE, actor=officer, now=now - timedelta(days=12)
    )
    follow_decision(proposal=proposal, actor=manager, now=now - timedelta(days=11))
    _ask(firm, owner, 3, at=now - timedelta(days=3), first=True)


def publish_list(*, officer: User, now: datetime) -> None:
    """Take in a small list of ANSSI: one firm by its name alone, one that the portal does not know."""
    today = civil_date(now)
    days = {"a": -300, "b": 420, "c": -200, "d": 25}
    text = LIST.format(
        all=ALL, **{name: (today + timedelta(days=count)).isoformat() for name, count in days.items()}
    )
    source = PassiImport(file_name="liste-passi.csv", brought_by=officer, brought_at=now)
    import_file(BytesIO(text.encode("utf-8-sig")), source=source, now=now)


def _ask(firm: ExpertFirm, owner: User, volet: int, *, at: datetime, first: bool) -> Accreditation:
    """Ask for a volet as of an instant; the first request of that time brings its papers."""
    day = civil_date(at)
    evidence = Evidence(
        cvs=[paper("cv-equipe", owner.full_name, "Responsable des affaires réglementaires.")]
        if first
        else (),
        insurance=paper("assurance", "Attestation d’assurance professionnelle", firm.name) if first else None,
        insurer="Mutuelle des experts",
        insurance_from=day - timedelta(days=30),
        insurance_until=day + timedelta(days=334),
        tax=paper("vigilance", "Attestation de vigilance", firm.name) if first else None,
        tax_issued_on=day - timedelta(days=20),
    )
    return request_accreditation(
        firm=firm,
        volet=volet,
        references=REFERENCES,
        charter_version=CHARTER_VERSION,
        evidence=evidence,
        actor=owner,
        now=at,
    )
