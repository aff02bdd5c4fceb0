"""What the addresses of a closure's invoices are built from: a deposit to confirm, a draft of an invoice."""

from __future__ import annotations

from applications.models import ClosureReading, InvoiceDraft
from portal import clock
from tests.access.world import World
from tests.applications import factories as f


def deposit(world: World) -> ClosureReading:
    """Return an invoice deposited for the mission whose work is done, not confirmed."""
    mission = world.mission("work_done")
    known = mission.closure_readings.filter(kind="invoice", document__piece__isnull=True).first()
    return known or ClosureReading.objects.create(
        document=f.DocumentFactory(organisation=mission.firm.organisation),
        mission=mission,
        kind="invoice",
        addressee="bpifrance",
        asked_at=clock.now(),
    )


def invoice_draft(world: World) -> InvoiceDraft:
    """Return an invoice that the portal made for the same mission."""
    mission, person = world.mission("work_done"), world.users["chosen_expert"]
    known = mission.invoice_drafts.filter(document__piece__isnull=True).first()
    assert person is not None
    return known or InvoiceDraft.objects.create(
        mission=mission,
        addressee="bpifrance",
        number="F-PREP",
        issued_on=clock.today(),
        content={},
        document=f.DocumentFactory(organisation=mission.firm.organisation, kind="invoice_draft"),
        made_by=person,
        made_at=clock.now(),
    )
