"""What Bpifrance records about a company: volets used elsewhere, insolvency, delegations checked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from applications.models import Company, DossierImport, Signatory, UsedVolet
from applications.workflow.refusals import NotYours, Obstacle, Refused, Stale
from portal.accounts.models import StaffRole, User
from portal.audit.services import append
from portal.clock import civil_date
from tariffs import catalogue

DELEGATION_CHANGED = (
    "La délégation a changé depuis l’affichage de cette page\u00a0: l’entreprise a retiré ce signataire, ou déposé "
    "un autre document. Rien n’a été enregistré\u00a0; lisez la délégation actuelle, puis recommencez."
)
DESK = frozenset({StaffRole.OFFICER, StaffRole.MANAGER})


def chain_of(company: Company) -> str:
    """Return the name of a company's chain of audit events."""
    return f"company:{company.pk}"


def check_desk(actor: User) -> None:
    """Refuse whoever is neither officer nor manager."""
    if not actor.serves_as(*DESK):
        raise NotYours("Seul un chargé d’affaires ou un responsable enregistre cela.")


def record_used_volet(
    *,
    company: Company,
    volet: int,
    edition: str,
    used_on: date | None,
    origin: str,
    actor: User,
    now: datetime,
) -> UsedVolet:
    """Record a volet used outside the portal; it can't be asked again. Raises NotYours, Refused."""
    check_desk(actor)
    if not 1 <= volet <= 5:
        raise Refused([Obstacle("volet_unknown", "Le volet va de 1 à 5.", "Choisissez-le.", field="volet")])
    if edition not in catalogue.editions().by_code:
        raise Refused([Obstacle("edition_unknown", "L’édition manque.", "Choisissez-la.", field="edition")])
    if not origin.strip():
        remedy = "Dites d’où vient l’information."
        raise Refused([Obstacle("origin_missing", "L’origine manque.", remedy, field="origin")])
    try:
        with transaction.atomic():
            Company.objects.select_for_update().get(pk=company.pk)
            return keep_used_volet(
                company=company,
                volet=volet,
                edition=edition,
                used_on=used_on,
                origin=origin.strip()[:200],
                actor=actor,
                now=now,
            )
    except IntegrityError as error:
        raise Refused(
            [Obstacle("used_already", "Ce volet est déjà enregistré comme utilisé.", field="volet")]
        ) from error


def keep_used_volet(
    *,
    company: Company,
    volet: int,
    edition: str,
    used_on: date | None,
    origin: str,
    actor: User | None,
    now: datetime,
    imported_by: DossierImport | None = None,
    **details: Any,
) -> UsedVolet:
    """Write a used volet and its event, in the caller's transaction; `details` are those of a past dossier.

    Raises IntegrityError where the volet is there already.
    """
    used = UsedVolet.objects.create(
        company=company,
        volet=volet,
        edition=edition,
        used_on=used_on,
        origin=origin,
        recorded_by=actor,
        imported_by=imported_by,
        **details,
    )
    data: dict[str, Any] = {"volet": volet, "edition": edition, "used_on": str(used_on) if used_on else None}
    if imported_by is not None:
        data["import"] = imported_by.pk
    append(
        chain=chain_of(company),
        name="used_volet_recorded",
        at=now,
        actor=actor,
        data=data,
        motive=origin,
        names={"actor": actor.full_name} if actor is not None else None,
    )
    return used


def record_insolvency(*, company: Company, opened: bool, motive: str, actor: User, now: datetime) -> Company:
    """Record that insolvency proceedings are open, or that they are not any more; the day's checks read it.

    Facts of requests already filed stay as they were judged. Raises NotYours, Refused without a motive.
    """
    check_desk(actor)
    if len(motive.strip()) < 10:
        raise Refused(
            [
                Obstacle(
                    "motive_missing",
                    "Le motif manque ou est trop court.",
                    "Citez la source, par exemple la date de l’annonce au BODACC.",
                    field="motive",
                )
            ]
        )
    with transaction.atomic():
        held = Company.objects.select_for_update().get(pk=company.pk)
        held.insolvency_recorded_on = civil_date(now) if opened else None
        held.facts = {**held.facts, "insolvency_proceedings": opened}
        held.save(update_fields=["insolvency_recorded_on", "facts"])
        append(
            chain=chain_of(company),
            name="insolvency_recorded" if opened else "insolvency_lifted",
            at=now,
            actor=actor,
            data={"opened": opened},
            motive=motive.strip(),
        )
    return held


def check_delegation(*, signatory: Signatory, document: str, actor: User, now: datetime) -> Signatory:
    """Record that the delegation of a signatory was read and holds; he may sign from now on.

    `document` is the key of the delegation that was read. Raises NotYours, Refused where there is none to
    check or where it was checked before, Stale where the company put another one in its place meanwhile.
    """
    check_desk(actor)
    with transaction.atomic():
        held = Signatory.objects.select_for_update().get(pk=signatory.pk)
        if held.kind != Signatory.Kind.DELEGATE or held.delegation_id is None:
            raise Refused([Obstacle("no_delegation", "Aucune délégation de signature n’est à vérifier.")])
        if held.checked_at is not None:
            raise Refused([Obstacle("checked_already", "Cette délégation est déjà vérifiée.")])
        if str(held.delegation_id) != document or not held.is_active:
            raise Stale(DELEGATION_CHANGED)
        held.checked_by, held.checked_at = actor, now
        held.save(update_fields=["checked_by", "checked_at"])
        append(
            chain=chain_of(held.company),
            name="delegation_checked",
            at=now,
            actor=actor,
            data={"signatory": held.pk, "document": str(held.delegation_id)},
            names={"signatory": held.full_name},
        )
    return held
