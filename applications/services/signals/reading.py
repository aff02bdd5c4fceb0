"""Reads what the signals of one dossier are judged by, in as many queries for few rows as for many.

Only the current mission is read: a replaced firm's closure has its own verification.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Sum

from applications.models import (
    Company,
    DeliveredLine,
    Device,
    Dossier,
    DossierDocument,
    Invoice,
    Mission,
    Offer,
    Quote,
    QuoteLine,
)
from applications.services.preflight import seen_elsewhere
from applications.services.quoting.sight import device_in_words
from applications.services.signals.facts import (
    Account,
    AccountMove,
    Facts,
    Judged,
    Other,
    People,
    Person,
    Priced,
)
from applications.services.signals.judging import judge
from applications.services.signals.prices import PAST_MONTHS
from experts.models import AccountChange, ExpertFirm
from portal.accounts.models import Membership, User
from portal.clock import civil_date
from tariffs import catalogue
from tariffs.engine.terms import add_months

# The newest dossiers compared for each item, the dossiers shown for one signal, the changes of account read.
MOST_PAST = 200
MOST_SHOWN = 10
MOST_MOVES = 20
Status = AccountChange.Status
Shares = dict[tuple[str, str], Decimal]


def signals_of(user: User, dossier: Dossier, *, today: date) -> Judged:
    """Return the signals of a dossier that `user` may see, told with the other dossiers that he may see."""
    return judge(facts_of(user, dossier, today=today))


def facts_of(user: User, dossier: Dossier, *, today: date) -> Facts:
    """Read what is compared; without a firm, the prices alone."""
    missions = Mission.objects.filter(dossier=dossier, is_current=True)
    mission = missions.select_related("firm", "dossier").first()
    firm = mission.firm if mission is not None else dossier.firm
    device = device_in_words(dossier.device_kind, dossier.device_class)
    priced = _priced(dossier, today)
    if firm is None:
        return Facts(priced=priced, device=device)
    return Facts(
        priced=priced,
        device=device,
        firm=firm.name,
        texts=_texts(user, dossier, firm),
        invoices=_invoices(user, mission) if mission is not None else {},
        account=_account(dossier, mission) if mission is not None else Account(),
        people=_people(dossier, firm),
    )


# --- Prices --------------------------------------------------------------------------------------
def _priced(dossier: Dossier, today: date) -> tuple[Priced, ...]:
    edition = catalogue.get_edition(dossier.edition)
    labels = catalogue.items(edition, dossier.volet)
    amounts = _amounts(dossier, labels)
    past = _past(dossier, {item for item, _ in amounts}, today) if amounts else {}
    priced = []
    for (item, complexity), amount in amounts.items():
        price = edition.items[item].indicative.get(complexity)
        found = tuple(past.get((item, complexity), ()))
        priced.append(Priced(labels[item], amount, complexity, price.price if price else None, found))
    return tuple(priced)


def _amounts(dossier: Dossier, items: Iterable[str]) -> Shares:
    """Return the HT per item and complexity of the quote: as first accepted, like those it is compared with."""
    quotes = list(dossier.quotes.order_by("number"))
    quote = next((one for one in quotes if one.accepted_on is not None), quotes[-1] if quotes else None)
    amounts: Shares = defaultdict(Decimal)
    if quote is not None:
        for line in quote.lines.filter(item__in=list(items)).order_by("position"):
            amounts[line.item, line.complexity] += line.amount
    return {key: amount for key, amount in amounts.items() if amount > 0}


def _past(dossier: Dossier, items: set[str], today: date) -> Mapping[tuple[str, str], list[Decimal]]:
    """Return the amounts accepted elsewhere, one per dossier, newest first, for the same items and class of device.

    Of a dossier's quotes the first accepted one counts: an amendment, or what is left to a replacing firm, is no price.
    """
    earlier = Quote.objects.filter(
        dossier=OuterRef("quote__dossier"), accepted_on__isnull=False, number__lt=OuterRef("quote__number")
    )
    rows = (
        QuoteLine.objects.filter(
            ~Exists(earlier),
            item__in=items,
            quote__accepted_on__gte=add_months(today, -PAST_MONTHS),
            quote__dossier__device_kind=dossier.device_kind,
            quote__dossier__device_class=dossier.device_class,
        )
        .exclude(quote__dossier=dossier)
        .values("item", "complexity", "quote__dossier", "quote__accepted_on")
        .annotate(worth=Sum("amount"))
        .filter(worth__gt=0)
        .order_by("-quote__accepted_on", "-quote__dossier", "item")[: MOST_PAST * len(items)]
    )
    past: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for row in rows:
        past[row["item"], row["complexity"]].append(row["worth"])
    return past


# --- Texts and invoices --------------------------------------------------------------------------
def _texts(user: User, dossier: Dossier, firm: ExpertFirm) -> dict[str, tuple[Other, ...]]:
    """Return, by signal, the dossiers of other companies in which the firm used the same words or the same report."""
    others = (
        Dossier.objects.visible_to(user)
        .filter(pk__in=Mission.objects.filter(firm=firm).values("dossier"))
        .exclude(company=dossier.company_id)
    )
    methods = Offer.objects.filter(dossier=dossier, state=Offer.State.ACCEPTED).exclude(method_mark="")
    same_methods = Offer.objects.filter(
        invitation__firm=firm, method_mark__in=methods.order_by().values("method_mark"), dossier__isnull=False
    )
    references = DeliveredLine.objects.filter(mission__dossier=dossier, mission__firm=firm)
    marks = references.exclude(reference_mark="").order_by().values("reference_mark")
    same_references = DeliveredLine.objects.filter(mission__firm=firm, reference_mark__in=marks)
    reports = DossierDocument.objects.filter(
        mission__firm=firm, kind=DossierDocument.Kind.FINAL_REPORT, replaced_at__isnull=True
    )
    files = reports.filter(dossier=dossier).order_by().values("document__sha256")
    found = {
        "text_method": _shown(others.filter(pk__in=same_methods.order_by().values("dossier"))),
        "text_reference": _shown(others.filter(pk__in=same_references.order_by().values("mission__dossier"))),
        "report_file": _shown(
            others.filter(
                pk__in=reports.filter(document__sha256__in=files).order_by().values("dossier"),
            )
        ),
    }
    mark = dossier.device.description_mark if dossier.device else ""
    if mark:
        same = Device.objects.filter(description_mark=mark).order_by().values("pk")
        found["text_description"] = _shown(others.filter(device__in=same))
    return found


def _shown(dossiers: QuerySet[Dossier]) -> tuple[Other, ...]:
    rows = dossiers.order_by("-submitted_at", "-pk").values_list("number", "pk", "company__name")
    return tuple(Other(number or "", pk, company) for number, pk, company in rows[:MOST_SHOWN])


def _invoices(user: User, mission: Mission) -> dict[str, tuple[Other, ...]]:
    """Return, by number, the dossiers in which the firm used it, as the verification of closures finds them."""
    own = Invoice.objects.filter(mission=mission, replaced_at__isnull=True)
    numbers = dict.fromkeys(own.order_by("pk").values_list("number", flat=True))
    seen = seen_elsewhere(mission, numbers)
    if not seen:
        return {}
    wanted = {dossier for dossiers in seen.values() for dossier in dossiers[:MOST_SHOWN]}
    known = {
        number: Other(number or "", pk, company)
        for number, pk, company in Dossier.objects.visible_to(user)
        .filter(number__in=wanted)
        .values_list("number", "pk", "company__name")
    }
    return {
        number: tuple(known[one] for one in dict.fromkeys(dossiers) if one in known)
        for number, dossiers in seen.items()
    }


# --- The account and the people ------------------------------------------------------------------
def _account(dossier: Dossier, mission: Mission) -> Account:
    since = dossier.signed_on or dossier.validated_on
    changes = AccountChange.objects.filter(firm=mission.firm_id).exclude(status=Status.STOPPED)
    moves = []
    for change in changes.order_by("-asked_at", "-pk")[:MOST_MOVES]:
        in_force = change.status == Status.DONE
        moment = change.effective_at if in_force and change.effective_at else change.asked_at
        moves.append(AccountMove(civil_date(moment), in_force))
    paid = mission.payments.filter(reversed_on__isnull=True).order_by("-pk").values_list("paid_on", flat=True)
    until = paid.first()
    return Account(
        since=since,
        since_what="la signature du contrat" if dossier.signed_on else "l’acceptation de la demande",
        until=until,
        moves=tuple(moves),
        is_approved=until is not None or not mission.approved_account or mission.account_is_approved,
    )


def _people(dossier: Dossier, firm: ExpertFirm) -> People:
    company: Company = dossier.company
    ours = [
        Person(one.full_name, one.capacity.strip() or "signataire", one.user.email)
        for one in company.signatories.filter(is_active=True).select_related("user")
    ]
    theirs: list[Person] = []
    members = Membership.objects.active().filter(
        organisation__in=[company.organisation_id, firm.organisation_id]
    )
    for member in members.select_related("user").order_by("pk"):
        is_ours = member.organisation_id == company.organisation_id
        quality = "membre de l’entreprise" if is_ours else "membre du cabinet"
        (ours if is_ours else theirs).append(Person(member.user.full_name, quality, member.user.email))
    theirs += [
        Person(one.full_name, "consultant du cabinet", one.email)
        for one in firm.consultants.filter(is_active=True)
    ]
    holders = dossier.company_facts.get("shareholders") or []
    ours += [Person(one.get("name") or "", "associé") for one in holders if one.get("kind") == "person"]
    return People(
        company=tuple(ours),
        firm=tuple(theirs),
        firm_name=firm.name,
        firm_siren=firm.siren,
        company_siren=company.identifier if company.identifier_scheme == Company.Scheme.SIREN else "",
        holders=tuple(one.get("name") or "" for one in holders if one.get("kind") != "person"),
    )
