"""What is true of a dossier whatever was done to it."""

from decimal import ROUND_DOWN, Decimal

from applications.models import Commitment, Deadline, Dossier, Envelope, Listing, Mission, Payment
from applications.services.evaluation import latest_quote
from applications.services.figures import rebuild
from applications.services.notices import NOTICES
from applications.services.settlement import contracted_amounts
from applications.workflow.states import FREED, LIVE, MISSION_STATES
from portal import clock
from portal.audit.models import Event
from portal.audit.services import verify
from portal.notifications.models import Outbox
from tariffs import catalogue
from tests.applications.time_machine.album import developed, photograph, played

ZERO = Decimal(0)
MONEY_ACTS = ("approve", "approve_payment", "mark_paid")


def check(dossier: Dossier) -> None:
    """Assert every invariant of one dossier."""
    shares_follow_ceilings(dossier)
    journal_is_whole(dossier)
    missions_agree(dossier)
    payments_are_due(dossier)
    commitment_is_covered(dossier)
    nobody_decides_twice(dossier)
    ended_dossiers_wait_for_nothing(dossier)
    figures_agree(dossier)
    journal_tells_everything(dossier)


def journal_tells_everything(dossier: Dossier) -> None:
    """The journal, played again, says exactly what the rows say."""
    if dossier.submitted_at is not None:
        assert developed(played(dossier)) == photograph(dossier)


def figures_agree(dossier: Dossier) -> None:
    """Counted act by act or anew from the journal, a dossier counts for the same; the sums are those of the rows."""
    if dossier.submitted_at is None:
        return
    assert rebuild.recount([dossier.pk], today=clock.today()) == 0
    row = Listing.objects.get(pk=dossier.pk)
    part = (row.volet, row.device)
    assert rebuild.standing(part) == rebuild.expected(part)


def shares_follow_ceilings(dossier: Dossier) -> None:
    """Bpifrance's share is at most half of what is within the ceilings, and the shares add up to the quote."""
    live = Dossier.objects.filter(company=dossier.company, volet=dossier.volet, state__in=LIVE)
    assert live.count() <= 1
    if dossier.submitted_at is None:
        return
    assert dossier.bpifrance_share + dossier.company_share == dossier.total
    edition = catalogue.get_edition(dossier.edition)
    half = ZERO
    for item, amount in contracted_amounts(latest_quote(dossier)).items():
        ceiling = None
        if item in edition.items and edition.items[item].volet == dossier.volet:
            ceiling = catalogue.ceiling(edition, item, dossier.device_kind, dossier.device_class or None)
        half += min(amount, ceiling or ZERO)
    half = (half / 2).quantize(Decimal("0.01"), ROUND_DOWN)
    # A new expert's quote never raises what was approved, and may be of less.
    if dossier.missions.count() == 1:
        assert dossier.bpifrance_share <= half
    paid = Payment.objects.filter(mission__dossier__company=dossier.company, reversed_on=None)
    assert sum((payment.ht for payment in paid), ZERO) <= Decimal("139000.00")


def journal_is_whole(dossier: Dossier) -> None:
    """As many events as the version says, a valid chain, and one duty of the outbox for each that is told."""
    events = list(Event.objects.filter(chain=dossier.chain).order_by("sequence"))
    assert len(events) == dossier.version
    assert not verify(dossier.chain)
    told = {f"announce:{dossier.chain}:{event.sequence}" for event in events if event.name in NOTICES}
    # The end of the work asks the company for its opinion too, apart from what must be done.
    ended = [event.sequence for event in events if event.name == "declare_work_done"]
    told |= {f"announce:{dossier.chain}:{sequence}:opinion" for sequence in ended}
    rows = Outbox.objects.filter(dedup_key__startswith=f"announce:{dossier.chain}:")
    assert sorted(rows.values_list("dedup_key", flat=True)) == sorted(told)


def missions_agree(dossier: Dossier) -> None:
    """One current mission once submitted, whose state is the dossier's from the end of work to payment."""
    missions = list(dossier.missions.all())
    if dossier.submitted_at is None:
        assert not missions
        return
    current = [mission for mission in missions if mission.is_current]
    assert len(current) == 1
    if dossier.state in MISSION_STATES:
        assert current[0].state == dossier.state
    if dossier.state in FREED:
        assert current[0].state == "ended"


def payments_are_due(dossier: Dossier) -> None:
    """A payment has its contract, report, signed quote, invoices and restitution; one at most stands."""
    for mission in dossier.missions.all():
        payments = Payment.objects.filter(mission=mission)
        assert payments.filter(reversed_on=None).count() == (1 if mission.state == "paid" else 0)
        if not payments and mission.state != "payment_approved":
            continue
        assert dossier.contract.signed_by_company_at is not None
        assert mission.restitution_on is not None
        kinds = set(mission.documents.filter(replaced_at=None).values_list("kind", flat=True))
        assert {"final_report", "signed_quote"} <= kinds
        invoices = mission.invoices.filter(replaced_at=None)
        assert invoices.get(addressee="bpifrance").ht == mission.final_share
        ours = [invoice for invoice in invoices if invoice.addressee == "company"]
        assert sum((invoice.ht for invoice in ours), ZERO) == mission.final_company_share
        assert all(invoice.acquitted_on for invoice in ours)
        assert mission.final_share <= dossier.bpifrance_share


def commitment_is_covered(dossier: Dossier) -> None:
    """The envelope never gives more than it holds; a dossier holds what may still be paid, no more than its share."""
    assert all(envelope.remaining() >= 0 for envelope in Envelope.objects.all())
    commitment = Commitment.objects.filter(dossier=dossier).first()
    if commitment is None:
        return
    settled = [m for m in dossier.missions.all() if m.state in {"payment_approved", "paid"}]
    total = sum((mission.final_share for mission in settled), ZERO)
    assert total <= commitment.amount <= max(dossier.bpifrance_share, total)
    if dossier.state in FREED and all(
        m.state in {"payment_approved", "paid", "ended"} for m in dossier.missions.all()
    ):
        assert commitment.amount == total


def nobody_decides_twice(dossier: Dossier) -> None:
    """No person took two of approve, approve_payment and mark_paid."""
    takers: dict[int, set[str]] = {}
    for name, actor, data in Event.objects.filter(chain=dossier.chain, name__in=MONEY_ACTS).values_list(
        "name", "actor_ref", "data"
    ):
        for person in {actor, data.get("first")} - {None}:
            takers.setdefault(person, set()).add(name)
    assert all(len(names) == 1 for names in takers.values())


def ended_dossiers_wait_for_nothing(dossier: Dossier) -> None:
    """No term runs on an ended dossier, but a replaced expert's own; the end is dated."""
    ended = dossier.state in FREED or dossier.state == "closed"
    assert (dossier.ended_on is not None) == ended
    if ended:
        running = Deadline.objects.filter(dossier=dossier, closed_on=None)
        assert not running.exclude(mission__in=Mission.objects.filter(is_current=False)).exists()
