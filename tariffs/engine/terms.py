"""Dates that follow from dates: ages in months, the term of the work and the date its report is due."""

from calendar import isleap
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tariffs.engine.editions import Edition
    from tariffs.engine.facts import Case, Device

Day = tuple[int, int, int]
_MONTH_LENGTHS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def months_later(start: date, months: int) -> Day:
    """(year, month, day) of the same day `months` later, or of that month's last day where it lacks that day.

    Counted in one step from `start`. The year may be past 9999: ages are compared without overflow.
    """
    years, month = divmod(start.month - 1 + months, 12)
    year, month, last = start.year + years, month + 1, start.day
    if last > 28:
        length = 29 if month == 2 and isleap(year) else _MONTH_LENGTHS[month]
        last = min(last, length)
    return year, month, last


def add_months(start: date, months: int) -> date:
    """The same day `months` later (or the month's last day); OverflowError after the year 9999."""
    year, month, last = months_later(start, months)
    if year > 9999:
        raise OverflowError(f"{start} + {months} months is after the year 9999")
    return date(year, month, last)


def as_day(value: date) -> Day:
    """The date as a tuple that compares with those of `months_later`."""
    return value.year, value.month, value.day


class Term(NamedTuple):
    """Until when the work must end, and when its report is due; None where that is not known yet."""

    months: int | None
    starts_on_event: str
    starts_on: date | None
    due_on: date | None
    report_due_on: date | None

    def to_json(self) -> dict[str, int | str | None]:
        """The term under the names of the public JSON, dates in ISO form."""
        return {
            "months": self.months,
            "starts_on_event": self.starts_on_event,
            "starts_on": self.starts_on.isoformat() if self.starts_on else None,
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "report_due_on": self.report_due_on.isoformat() if self.report_due_on else None,
        }


def term_months(volet: int, device: "Device", edition: "Edition") -> int | None:
    """How many months the work may last; None without the volet, or while the device is not known enough."""
    duration = edition.term.months.get(volet)
    if duration is None:
        return None
    if duration.software_only == duration.otherwise:
        return duration.otherwise
    if device.digital_functions is False or device.hardware is True:
        return duration.otherwise
    return duration.software_only if device.digital_functions and device.hardware is False else None


def report_due_on(work_ended_on: date, edition: "Edition") -> date:
    """The last day for the final report, in calendar days after the end; OverflowError after 9999."""
    return work_ended_on + timedelta(days=edition.term.report_days)


def term_of(case: "Case", edition: "Edition") -> Term:
    """The term of this case, from the event that the edition names."""
    months = term_months(case.volet, case.device, edition)
    event = edition.term.starts_on_event
    starts_on = case.contract_signed_on if event == "contract_signed" else case.validated_on
    due_on = add_months(starts_on, months) if starts_on is not None and months is not None else None
    report = report_due_on(case.work_ended_on, edition) if case.work_ended_on is not None else None
    return Term(months, event, starts_on, due_on, report)
