"""Every figure that the guide's sentences hold, written in French, from an edition and the policy in force."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from applications.services.filing_pieces import MAX_BYTES, MAX_FILES
from applications.services.retention.rules import months_of
from applications.workflow.policy import Policy
from portal.display import UNKNOWN, file_size, percent
from portal.documents.checks import MAX_SIZE
from tariffs import ratetables
from tariffs.engine.editions import Edition

NO_BREAK = "\N{NO-BREAK SPACE}"
MILLION = Decimal(1_000_000)
VOLETS_IN_WORDS = {1: "un volet", 2: "deux volets", 3: "trois volets", 4: "quatre volets", 5: "cinq volets"}


def days(count: int) -> str:
    """A number of days, « 30 jours »."""
    return _counted(count, "jour", "jours")


def months(count: int) -> str:
    """A number of months, « 2 mois »."""
    return _counted(count, "mois", "mois")


def years(count: int) -> str:
    """A number of years, « 1 an », « 3 ans »."""
    return _counted(count, "an", "ans")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count}{NO_BREAK}{one if count < 2 else many}"


def listed(parts: list[str], last: str = "et") -> str:
    """The parts one after the other, « 10, 20 et 27 »."""
    return f" {last} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def large_euros(amount: Decimal) -> str:
    """A large amount as one says it, « 50 millions d’euros »; one that is not round stays in euros."""
    count, rest = divmod(amount, MILLION)
    if rest or not count:
        return ratetables.whole_euros(amount)
    return f"{count}{NO_BREAK}million{'s' if count > 1 else ''} d’euros"


def most_total(edition: Edition) -> Decimal:
    """The most that Bpifrance pays to one company for one device, all volets added."""
    totals = (
        sum((most for _, _, most in ratetables.for_device(edition, device.code)), Decimal(0))
        for device in edition.devices
    )
    return max(totals, default=Decimal(0))


def figures(edition: Edition, policy: Policy) -> dict[str, str]:
    """What the braces of the words stand for; a figure that the edition lacks is a dash."""
    return {
        **_of_edition(edition),
        **_of_rules(edition),
        **_of_policy(policy),
        **_of_portal(),
        **_over(edition),
    }


def _of_edition(edition: Edition) -> dict[str, str]:
    durations = [duration.otherwise for duration in edition.term.months.values()]
    tables = ratetables.volet_tables(edition)
    pme, startup = edition.pme, edition.startup
    return {
        "edition": edition.label.lower(),
        "rate": percent(edition.funding.rate),
        "volets": VOLETS_IN_WORDS[len(tables)],
        "most_paid": ratetables.whole_euros(max(table.most_paid for table in tables)),
        "most_total": ratetables.whole_euros(most_total(edition)),
        "shortest": str(min(durations)),
        "longest": str(max(durations)),
        "start_event": ratetables.START_EVENTS[edition.term.starts_on_event],
        "report_days": days(edition.term.report_days),
        "extension": _extension(edition.extension_months),
        "regime": edition.state_aid.regime,
        "recipients": listed([recipient.label for recipient in edition.report_recipients]),
        "pme_headcount": f"{pme.headcount_below:f}",
        "pme_turnover": large_euros(pme.turnover_below),
        "pme_balance_sheet": large_euros(pme.balance_sheet_below),
        "startup_years": str(startup.age_below_years),
        "startup_headcount": f"{startup.headcount_below:f}",
        "startup_turnover": large_euros(startup.turnover_below),
    }


def _extension(count: int) -> str:
    if not count:
        return "Ce délai est un maximum\N{NO-BREAK SPACE}: il ne se prolonge pas."
    return f"Il peut être prolongé une fois, de {months(count)}, si vous le demandez avant son terme."


def _of_rules(edition: Edition) -> dict[str, str]:
    """The figures that belong to one rule, from its parameters."""

    def said(rule: str, parameter: str, write: Any) -> str:
        found = edition.by_name.get(rule)
        return UNKNOWN if found is None else write(found.params[parameter])

    def share(value: str) -> str:
        return percent(Decimal(value) / 100)

    return {
        "partner_above": said("company.autonomy", "partner_above", share),
        "exempt_above": said("company.autonomy", "exempt_above", share),
        "difficulty_years": said("company.not_in_difficulty", "min_age_years", str),
        "certificate_years": said("documents.regularity_certificate", "older_than_years", years),
        "certificate_months": said("documents.regularity_certificate", "fresh_months", months),
        "return_years": said("documents.tax_return", "older_than_years", years),
    }


def _of_policy(policy: Policy) -> dict[str, str]:
    late = [count for count in policy.report_reminder_days if count > 0]
    return {
        "completion_days": days(policy.completion_days),
        "completion_half": days(policy.completion_days // 2),
        "completion_last": days(policy.completion_last_reminder_days),
        "signature_days": days(policy.signature_days),
        "signature_reminders": f"{listed([str(count) for count in policy.signature_reminder_days])}{NO_BREAK}jours",
        "term_reminders": f"{listed([str(count) for count in policy.term_reminder_days])}{NO_BREAK}jours",
        "report_reminders": f"{listed([str(count) for count in late])}{NO_BREAK}jours",
        "lapse_days": days(policy.lapse_notice_days),
        "reopen_days": days(policy.reopen_days),
        "review_months": months(policy.review_months),
        "restitution_days": days(policy.restitution_days),
        "corrections_days": days(policy.corrections_days),
        "manager_share": ratetables.whole_euros(policy.manager_share),
    }


def _of_portal() -> dict[str, str]:
    return {
        "draft_months": months(months_of("draft")),
        "file_size": file_size(MAX_SIZE),
        "file_count": str(MAX_FILES),
        "total_size": file_size(MAX_BYTES),
    }


def _over(edition: Edition) -> dict[str, str]:
    """A quote line that is over its ceiling by a fifth: what each side pays."""
    item = next(item for item in edition.items.values() if item.ceilings)
    ceiling = min(item.ceilings.values())
    amount = ceiling * Decimal("1.2")
    paid = ratetables.share_of(edition, ceiling)
    return {
        "over_amount": ratetables.whole_euros(amount),
        "over_ceiling": ratetables.whole_euros(ceiling),
        "over_paid": ratetables.whole_euros(paid),
        "over_left": ratetables.whole_euros(amount - paid),
    }
