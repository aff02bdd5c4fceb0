"""Brings the lines of the register and the firms of the portal together, and writes their certificates."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from experts.models import ExpertFirm, PassiCertificate, PassiListing
from experts.policy import NOTICE_DAYS
from experts.services.decisions import require_decider
from experts.services.firms import chain_of, lock_firm
from experts.services.passi.reading import name_key
from experts.services.refusals import Refused
from portal.accounts.models import User
from portal.audit.services import append

Match = PassiListing.Match
BATCH = 500
SETTLED = "Ce rapprochement est déjà tranché\u00a0: rechargez la page."


def match_all(*, now: datetime) -> None:
    """Match every line that nobody settled: by SIREN at once, by name for an officer to confirm."""
    open_ones = PassiListing.objects.filter(Q(match=Match.NONE) | Q(match=Match.PROPOSED)).order_by("pk")
    _match(list(open_ones), list(ExpertFirm.objects.only("name", "siren").order_by("pk")), now)


def _match(listings: list[PassiListing], firms: list[ExpertFirm], now: datetime) -> None:
    by_siren = {firm.siren: firm for firm in firms if firm.siren}
    by_name: dict[str, list[ExpertFirm]] = defaultdict(list)
    for known in firms:
        by_name[name_key(known.name)].append(known)
    moved = []
    for one in listings:
        firm: ExpertFirm | None
        before = (one.match, one.firm_id)
        namesakes = by_name[one.name_key]
        if one.siren:
            firm = by_siren.get(one.siren)
            match = Match.CONFIRMED if firm is not None else Match.NONE
        else:
            # Several firms of one name: nobody is proposed rather than the wrong one.
            firm = namesakes[0] if len(namesakes) == 1 else None
            match = Match.PROPOSED if firm is not None else Match.NONE
        if (match, firm.pk if firm else None) != before:
            one.match, one.firm = match, firm
            one.matched_at = now if match == Match.CONFIRMED else None
            moved.append(one)
    PassiListing.objects.bulk_update(moved, ["match", "firm", "matched_at"], batch_size=BATCH)


@transaction.atomic
def confirm_match(*, listing: PassiListing, actor: User, now: datetime) -> PassiListing:
    """Say that the provider matched by its name is that firm; its certificate follows."""
    held = _settled(listing, Match.CONFIRMED, actor, now)
    assert held.firm is not None
    sync_certificates(complete=False, firm=held.firm)
    return held


@transaction.atomic
def reject_match(*, listing: PassiListing, actor: User, now: datetime) -> PassiListing:
    """Say that the provider is another firm: it is not proposed again."""
    return _settled(listing, Match.REJECTED, actor, now)


def _settled(listing: PassiListing, match: str, actor: User, now: datetime) -> PassiListing:
    require_decider(actor)
    held = PassiListing.objects.select_for_update(of=("self",)).select_related("firm").get(pk=listing.pk)
    if held.match != Match.PROPOSED or held.firm is None:
        raise Refused(SETTLED)
    lock_firm(held.firm)
    held.match, held.matched_by, held.matched_at = match, actor, now
    held.save(update_fields=["match", "matched_by", "matched_at"])
    append(
        chain=chain_of(held.firm),
        name=f"passi_match_{match}",
        at=now,
        actor=actor,
        data={"firm": held.firm_id or 0, "listing": held.pk},
    )
    return held


def sync_certificates(*, complete: bool, firm: ExpertFirm | None = None) -> list[int]:
    """Write the certificates of the firms from the lines matched to them; return those written.

    A later start is another certificate, the former one ending the day before: an audit stays judged by
    what was valid on its day. `complete`: firms without a line any more are flagged, never erased.
    """
    lines = PassiListing.objects.filter(match=Match.CONFIRMED, is_listed=True)
    known = PassiCertificate.objects.all()
    if firm is not None:
        lines, known = lines.filter(firm=firm), known.filter(firm=firm)
    by_firm: dict[int, list[PassiCertificate]] = defaultdict(list)
    for certificate in known.order_by("valid_from", "pk"):
        by_firm[certificate.firm_id].append(certificate)
    fresh: list[PassiCertificate] = []
    written: list[PassiCertificate] = []
    for line in lines.select_related("firm").order_by("valid_from", "pk"):
        assert line.firm is not None
        _follow(line, by_firm[line.firm.pk], fresh, written)
    PassiCertificate.objects.bulk_create(fresh, batch_size=BATCH)
    columns = ["listing", "valid_from", "valid_until", "scopes", "next_notice_on"]
    PassiCertificate.objects.bulk_update(written, columns, batch_size=BATCH)
    _flag(complete=complete, firm=firm)
    return sorted(one.pk for one in [*fresh, *written])


def _follow(
    line: PassiListing,
    known: list[PassiCertificate],
    fresh: list[PassiCertificate],
    written: list[PassiCertificate],
) -> None:
    """Find the certificate of a line, or make it; whatever it says otherwise is corrected."""
    own = next((one for one in known if one.valid_from == line.valid_from), None)
    if own is None:
        own = next(
            (
                one
                for one in reversed(known)
                if one.listing_id == line.pk and line.valid_from < one.valid_from
            ),
            None,
        )
    if own is None:
        for former in known:
            if former.listing_id == line.pk and former.valid_until >= line.valid_from:
                former.valid_until = line.valid_from - timedelta(days=1)
                former.next_notice_on = None
                written.append(former)
        fresh.append(_as_told(PassiCertificate(firm=line.firm), line))
        return
    told = (line.pk, line.valid_from, line.valid_until, list(line.scopes))
    if (own.listing_id, own.valid_from, own.valid_until, list(own.scopes)) != told:
        written.append(_as_told(own, line))


def _as_told(certificate: PassiCertificate, line: PassiListing) -> PassiCertificate:
    if certificate.valid_until != line.valid_until:
        certificate.next_notice_on = line.valid_until - timedelta(days=NOTICE_DAYS[0])
    certificate.listing, certificate.scopes = line, list(line.scopes)
    certificate.valid_from, certificate.valid_until = line.valid_from, line.valid_until
    return certificate


def _flag(*, complete: bool, firm: ExpertFirm | None) -> None:
    """Say of each certificate whether its firm is on the last list; a match to be confirmed still counts."""
    there = PassiListing.objects.filter(is_listed=True, match__in=[Match.CONFIRMED, Match.PROPOSED])
    certificates = (
        PassiCertificate.objects.all() if firm is None else PassiCertificate.objects.filter(firm=firm)
    )
    listed = Q(firm__in=there.values("firm"))
    certificates.filter(listed, still_listed=False).update(still_listed=True)
    if complete:
        certificates.filter(still_listed=True).exclude(listed).update(still_listed=False)
