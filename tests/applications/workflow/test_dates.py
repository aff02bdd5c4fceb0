"""Dates that can't be: before the work began, before the payment was approved, before the report was given."""

from datetime import timedelta

import pytest

from tests.applications.journeys import MOTIVE, Journey
from tests.applications.workflow.test_request import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_the_report_is_not_given_before_the_work_began() -> None:
    journey = Journey().to("work_done")
    journey.fill_closure()
    started = journey.mission.work_started_on
    assert started is not None
    codes = refused(journey, "submit_closure", journey.expert, report_given_on=started - DAY)
    assert codes == {"report_given_on_too_early"}
    journey.act("submit_closure", journey.expert, report_given_on=started)


def test_the_restitution_is_not_held_before_the_work_began() -> None:
    journey = Journey().to("closure_submitted").day(10)
    started = journey.mission.work_started_on
    assert started is not None
    wrong = {"restitution_on": started - DAY}
    assert refused(journey, "confirm_restitution", journey.owner, **wrong) == {"restitution_on_too_early"}
    codes = refused(journey, "settle_restitution", journey.officer, evidence=MOTIVE, **wrong)
    assert codes == {"restitution_on_too_early"}
    journey.act("confirm_restitution", journey.owner, restitution_on=started)


def test_nothing_is_paid_before_its_approval_nor_in_the_future() -> None:
    journey = Journey().to("payment_approved").day(3)
    approved = journey.mission.payment_approved_on
    assert approved == journey.today - 3 * DAY
    for paid_on, code in ((approved - DAY, "paid_on_too_early"), (journey.today + DAY, "date_in_future")):
        codes = refused(journey, "mark_paid", journey.payer, reference="VIR-1", paid_on=paid_on)
        assert codes == {code}
    journey.act("mark_paid", journey.payer, reference="VIR-1", paid_on=approved)


def test_the_report_is_not_sent_to_the_ministries_before_the_company_has_it() -> None:
    journey = Journey().to("paid")
    given = journey.mission.report_given_on
    assert given is not None
    recipients = ["economie", "sante"]
    codes = refused(journey, "forward_report", journey.officer, recipients=recipients, sent_on=given - DAY)
    assert codes == {"sent_on_too_early"}
    journey.act("forward_report", journey.officer, recipients=recipients, sent_on=given)
