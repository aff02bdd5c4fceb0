"""Brings the lines of the register and the firms of the portal together, and writes their certificates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
from portal.audit.models import ChainHead
from portal.audit.services import append

Match = PassiListing.Match
CHAIN = "passi_register"
BATCH = 500
SETTLED = "Ce rapprochement est déjà tranché\u00a0: rechargez la page."


def lock_register() -> None:
    """Hold the register until the end of the transaction: one import or one confirmation writes it at a time."""
    ChainHead.objects.get_or_create(chain=CHAIN)
    ChainHead.objects.select_for_update().get(chain=CHAIN)


def match_all(*, now: datetime) -> None:
    """Match the lines: by SIREN at once, by name for an officer to confirm; what a person settled stays.

    A name said to be no firm of the portal is proposed again where another firm of that name registers.
    """
    open_ones = PassiListing.objects.exclude(match=Match.CONFIRMED).order_by("pk")
    firms = list(ExpertFirm.objects.only("name", "siren").order_by("pk"))
    by_siren = {firm.siren: firm for firm in firms if firm.siren}
    by_name = _by_name(firms)
    moved = []
    for one in open_ones:
        before = (one.match, one.firm_id)
        if one.siren:
            firm = by_siren.get(one.siren)
            match = Match.CONFIRMED if firm is not None else Match.NONE
        else:
            firm = _proposed(one, by_name[one.name_key])
            match = Match.PROPOSED if firm is not None else Match.NONE
        if one.match == Match.REJECTED and firm is None:
            continue
        if (match, firm.pk if firm else None) != before:
            one.match, one.firm, one.matched_by = match, firm, None
            one.matched_at = now if match == Match.CONFIRMED else None
            moved.append(one)
    PassiListing.objects.bulk_update(moved, ["match", "firm", "matched_by", "matched_at"], batch_size=BATCH)


def _by_name(firms: Iterable[ExpertFirm]) -> dict[str, list[ExpertFirm]]:
    found: dict[str, list[ExpertFirm]] = defaultdict(list)
    for firm in firms:
        found[name_key(firm.name)].append(firm)
    return found


def _proposed(one: PassiListing, namesakes: list[ExpertFirm]) -> ExpertFirm | None:
    """Return the first firm of that name, in the order of their registration; after a refusal, a later one."""
    known = one.firm_id or 0 if one.match == Match.REJECTED else 0
    return next((firm for firm in namesakes if firm.pk > known), None)


def candidates(listings: Iterable[PassiListing]) -> dict[int, list[ExpertFirm]]:
    """Return, by key of the line, the firms that an officer may confirm: the one proposed and its namesakes."""
    lines = [one for one in listings if one.firm is not None]
    by_name = _by_name(ExpertFirm.objects.order_by("pk") if lines else ())
    return {
        one.pk: list({firm.pk: firm for firm in (one.firm, *by_name[one.name_key]) if firm}.values())
        for one in lines
    }


@transaction.atomic
def confirm_match(*, listing: PassiListing, firm: ExpertFirm, actor: User, now: datetime) -> PassiListing:
    """Say that the provider matched by its name is that firm; its certificate follows."""
    held = _to_confirm(listing, actor)
    if firm not in candidates([held])[held.pk]:
        raise Refused("Ce cabinet ne porte pas ce nom\u00a0: rechargez la page.")
    _settle(held, Match.CONFIRMED, firm, actor, now)
    sync_certificates(complete=False, firm=firm)
    return held


@transaction.atomic
def reject_match(*, listing: PassiListing, actor: User, now: datetime) -> PassiListing:
    """Say that the provider is none of these firms: they are not proposed again."""
    held = _to_confirm(listing, actor)
    latest = max(candidates([held])[held.pk], key=lambda firm: firm.pk)
    _settle(held, Match.REJECTED, latest, actor, now)
    return held


@transaction.atomic
def reopen_match(*, listing: PassiListing, actor: User, now: datetime) -> PassiListing:
    """Take back what a person settled by mistake: the line waits again, and the certificates it gave go.

    One that was recorded by hand before stays the firm's, apart from the line. A SIREN is never a mistake of ours.
    """
    held = _held(listing, actor)
    if not held.may_be_reopened or held.firm is None:
        raise Refused(SETTLED)
    given = PassiCertificate.objects.filter(listing=held, firm=held.firm)
    _settle(held, Match.PROPOSED, held.firm, actor, now)
    given.filter(reference="").delete()
    given.update(listing=None)
    return held


def _held(listing: PassiListing, actor: User) -> PassiListing:
    """Return the line, locked, for a person who may settle its match."""
    require_decider(actor)
    lock_register()
    return PassiListing.objects.select_for_update(of=("self",)).select_related("firm").get(pk=listing.pk)


def _to_confirm(listing: PassiListing, actor: User) -> PassiListing:
    """Return the same, once sure that it waits for that person."""
    held = _held(listing, actor)
    if held.match != Match.PROPOSED or held.firm is None:
        raise Refused(SETTLED)
    return held


def _settle(held: PassiListing, match: str, firm: ExpertFirm, actor: User, now: datetime) -> None:
    lock_firm(firm)
    held.match, held.firm, held.matched_by, held.matched_at = match, firm, actor, now
    held.save(update_fields=["match", "firm", "matched_by", "matched_at"])
    append(
        chain=chain_of(firm),
        name=f"passi_match_{match}",
        at=now,
        actor=actor,
        data={"firm": firm.pk, "listing": held.pk},
    )


def sync_certificates(*, complete: bool, firm: ExpertFirm | None = None) -> list[int]:
    """Write the certificates of the firms from the lines matched to them; return those written.

    A later start is another certificate, the former one ending the day before: an audit stays judged by
    what was valid on its day. `complete`: firms without a line any more are flagged, never erased.
    """
    lines = PassiListing.objects.filter(match=Match.CONFIRMED, is_listed=True)
    known = PassiCertificate.objects.all()
    if firm is not None:
        lines, known = lines.filter(firm=firm), known.filter(firm=firm)
    held: dict[int, list[PassiCertificate]] = defaultdict(list)
    for certificate in known.order_by("valid_from", "pk"):
        held[certificate.firm_id].append(certificate)
    told: dict[int, list[PassiListing]] = defaultdict(list)
    for line in lines.select_related("firm").order_by("valid_from", "pk"):
        assert line.firm is not None
        told[line.firm.pk].append(line)
    fresh: list[PassiCertificate] = []
    written: list[PassiCertificate] = []
    for key, own in told.items():
        current = {line.pk for line in own}
        free = list(held[key])
        for line in own:
            # What another line of this list already made stays that line's.
            mine = [one for one in free if one.listing_id == line.pk or one.listing_id not in current]
            taken = _follow(line, mine, fresh, written)
            free = [one for one in free if one is not taken]
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
) -> PassiCertificate | None:
    """Find among those known the certificate of a line, corrected by what it says; None where it makes another."""
    own = _certificate_of(line, known)
    if own is None:
        for former in known:
            if former.listing_id == line.pk and former.valid_until >= line.valid_from:
                former.valid_until = line.valid_from - timedelta(days=1)
                former.next_notice_on = None
                written.append(former)
        fresh.append(_as_told(PassiCertificate(firm=line.firm), line))
        return None
    told = (line.pk, line.valid_from, line.valid_until, list(line.scopes))
    if (own.listing_id, own.valid_from, own.valid_until, list(own.scopes)) != told:
        written.append(_as_told(own, line))
    return own


def _certificate_of(line: PassiListing, known: list[PassiCertificate]) -> PassiCertificate | None:
    """Return the one with the line's start, its own first; else its own that began later."""
    same = [one for one in known if one.valid_from == line.valid_from]
    later = [one for one in known if one.listing_id == line.pk and line.valid_from < one.valid_from]
    own = next((one for one in same if one.listing_id == line.pk), None)
    return own or next(iter(same), None) or next(reversed(later), None)


def _as_told(certificate: PassiCertificate, line: PassiListing) -> PassiCertificate:
    if certificate.valid_until != line.valid_until:
        certificate.next_notice_on = line.valid_until - timedelta(days=NOTICE_DAYS[0])
    certificate.listing, certificate.scopes = line, list(line.scopes)
    certificate.valid_from, certificate.valid_until = line.valid_from, line.valid_until
    return certificate


def _flag(*, complete: bool, firm: ExpertFirm | None) -> None:
    """Say of each certificate whether its firm is on the last list; a match to be confirmed still counts."""
    there = PassiListing.objects.filter(is_listed=True, match=Match.CONFIRMED)
    named = candidates(PassiListing.objects.to_confirm().select_related("firm"))
    maybe = {firm.pk for firms in named.values() for firm in firms}
    certificates = (
        PassiCertificate.objects.all() if firm is None else PassiCertificate.objects.filter(firm=firm)
    )
    listed = Q(firm__in=there.values("firm")) | Q(firm__in=maybe)
    certificates.filter(listed, still_listed=False).update(still_listed=True)
    if complete:
        certificates.filter(still_listed=True).exclude(listed).update(still_listed=False)
