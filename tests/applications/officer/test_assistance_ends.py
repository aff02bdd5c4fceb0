"""An entry and its company: the owners told, two writers at once, and each of the ways it ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.models import Assistance, Company, Dossier, Quote
from applications.services import filing_drafts
from applications.services.assistance import ending
from applications.services.assistance.sweep import sweep
from applications.services.transitions import execute
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.models import User
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.filing.conftest import form_data
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.entering import (
    begin,
    declare_and_file,
    fill,
    names_of,
)

pytestmark = pytest.mark.django_db


# --- Its owners ---------------------------------------------------------------------------------------
def test_the_owners_are_told_and_may_stop(company: Company, officer: User) -> None:
    owner, draft = f.owner_of(company), begin(company, officer).dossier
    member = f.MembershipFactory(organisation=company.organisation).user
    outbox.drain(clock.now())
    assert Notification.objects.get(recipient=owner).url == reverse("filing_tasks", args=[draft.pk])
    assert not Notification.objects.filter(recipient=member).exists()
    address = reverse("assistance_stop", args=[draft.pk])
    assert signed_in(member).post(address).status_code == 403
    client = signed_in(owner)
    assert (
        "saisit cette demande pour vous"
        in client.get(reverse("filing_tasks", args=[draft.pk])).content.decode()
    )
    assert client.post(address, {"reason": "Nous préférons la saisir."}).status_code == 302
    entry = Assistance.objects.get()
    assert (entry.end, entry.reason) == ("stopped", "Nous préférons la saisir.")
    shown = signed_in(officer).get(reverse("filing_tasks", args=[draft.pk]), follow=True)
    assert "arrêtée par l’entreprise le" in shown.content.decode()
    outbox.drain(clock.now())
    assert "a arrêté votre saisie" in Notification.objects.get(recipient=officer).title
    assert client.post(address).status_code == 422


def test_both_are_told_of_each_other(company: Company, officer: User) -> None:
    owner, draft, now = f.owner_of(company), begin(company, officer).dossier, clock.now()
    for person in (owner, officer):
        filing_drafts.touch(draft, user=person, step="entreprise", now=now)
    seen, _ = filing_drafts.whereabouts(draft, user=owner, now=now)
    assert [one.name for one in seen] == [f"{officer.full_name} (Bpifrance)"]
    seen, _ = filing_drafts.whereabouts(draft, user=officer, now=now)
    assert [one.name for one in seen] == [owner.full_name]
    step = reverse("filing_step", args=[draft.pk, "entreprise"])
    mine, theirs = signed_in(officer), signed_in(owner)
    before = form_data(mine.get(step))
    assert theirs.post(step, before | {"headcount": "8"}).status_code == 302
    answer = mine.post(step, before | {"headcount": "9"})
    assert answer.status_code == 409
    assert owner.full_name in answer.content.decode()
    draft.refresh_from_db()
    assert draft.company_facts["headcount"] == "8"


# --- Its ends -----------------------------------------------------------------------------------------
def test_handing_over_tells_the_company_once_and_then_reminds_it(company: Company, officer: User) -> None:
    entry, now = begin(company, officer), clock.now()
    ending.hand_over(entry, actor=officer, now=now)
    with pytest.raises(NotYours):
        ending.hand_over(entry, actor=officer, now=now)
    owner = f.owner_of(company)

    def told() -> list[str]:
        outbox.drain(clock.now() + timedelta(days=60))
        return list(
            Notification.objects.filter(recipient=owner).order_by("pk").values_list("kind", flat=True)
        )

    assert told() == ["assistance_opened", "assistance_handed"]
    day = clock.today()
    for days, count in ((6, 2), (7, 3), (7, 3), (20, 3), (21, 4), (60, 4)):
        sweep(now=now + timedelta(days=days), today=day + timedelta(days=days))
        assert len(told()) == count, days


def test_a_transfer_leaves_the_first_officer_outside_and_both_out_of_the_decision(
    company: Company, officer: User
) -> None:
    entry, other, manager = begin(company, officer), f.OfficerFactory(), f.ManagerFactory()
    with pytest.raises(NotYours):
        ending.pass_on(entry, to=other, actor=other, now=clock.now())
    for wrong in (officer, f.ControllerFactory(), f.OfficerFactory(is_active=False)):
        with pytest.raises(Refused):
            ending.pass_on(entry, to=wrong, actor=manager, now=clock.now())
    following = ending.pass_on(entry, to=other, actor=manager, now=clock.now())
    assert following.letter == Assistance.objects.get(pk=entry.pk).letter
    fill(following.dossier, other)
    with pytest.raises(NotYours):
        fill(following.dossier, officer)
    filed = declare_and_file(following.dossier, f.owner_of(company))
    third = f.OfficerFactory()
    execute("take", dossier=filed, actor=third, expected_version=filed.version)
    filed.refresh_from_db()
    for person in (officer, other):
        with pytest.raises(Refused, match="Vous avez saisi cette demande"):
            execute("approve", dossier=filed, actor=person, expected_version=filed.version)


def test_filing_or_withdrawing_closes_the_entry(company: Company, officer: User) -> None:
    owner = f.owner_of(company)
    entry = begin(company, officer)
    fill(entry.dossier, officer)
    filed = declare_and_file(entry.dossier, owner)
    assert names_of(filed) == ["assistance_opened", "assistance_closed", "submit"]
    second = begin(company, officer, volet=3).dossier
    execute("withdraw", dossier=second, actor=owner, expected_version=second.version)
    ends = Assistance.objects.order_by("pk").values_list("end", flat=True)
    assert list(ends) == ["submitted", "withdrawn"]
    page = signed_in(officer).get(reverse("assistance_list")).content.decode()
    assert "Déposée" in page
    assert "Retirée" in page


def test_an_officers_departure_takes_the_right_at_once_and_then_ends_the_entry(
    company: Company, officer: User
) -> None:
    entry, manager = begin(company, officer), f.ManagerFactory()
    client = signed_in(officer)
    User.objects.filter(pk=officer.pk).update(staff_role="auditor")
    assert client.get(reverse("filing_tasks", args=[entry.dossier_id])).status_code == 403
    sweep(now=clock.now(), today=clock.today())
    sweep(now=clock.now(), today=clock.today())
    entry.refresh_from_db()
    assert entry.end == "left"
    outbox.drain(clock.now())
    assert Notification.objects.filter(recipient=manager, kind="assistance_left").count() == 1
    taken = ending.pass_on(entry, to=manager, actor=manager, now=clock.now())
    fill(taken.dossier, manager)
    with pytest.raises(Refused):
        ending.pass_on(entry, to=f.OfficerFactory(), actor=manager, now=clock.now())


def test_a_draft_that_nobody_touched_ends_its_entry(company: Company, officer: User) -> None:
    entry, day = begin(company, officer), clock.today()
    sweep(now=clock.now(), today=day + timedelta(days=80))
    assert Assistance.objects.open().exists()
    sweep(now=clock.now(), today=day + timedelta(days=100))
    entry.refresh_from_db()
    assert entry.end == "expired"


# --- Papers and figures -------------------------------------------------------------------------------
def test_the_letter_is_read_by_who_entered_it_and_by_the_company(company: Company, officer: User) -> None:
    entry = begin(company, officer)
    assert entry.letter is not None
    address = reverse("document_download", args=[entry.letter.document_id])
    ending.hand_over(entry, actor=officer, now=clock.now())
    for person, status in (
        (officer, 200),
        (f.owner_of(company), 200),
        (f.ManagerFactory(), 200),
        (f.OfficerFactory(), 404),
        (f.AuditorFactory(), 404),
        (f.owner_of(f.CompanyFactory()), 404),
    ):
        assert signed_in(person).get(address).status_code == status, person


def test_the_list_costs_the_same_however_many_there_are(
    officer: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(officer)
    for count in (1, 4):
        for _ in range(count):
            begin(f.CompanyFactory(), officer)
        with django_assert_max_num_queries(7):
            assert client.get(reverse("assistance_list")).status_code == 200


def test_a_request_that_a_company_writes_itself_is_asked_nothing_more(
    company: Company, django_assert_num_queries: Any
) -> None:
    draft = Dossier.objects.get(company=company, volet=2)
    with django_assert_num_queries(0):
        from applications.services.facts import DossierFacts

        assert DossierFacts(draft, today=clock.today(), now=clock.now()).enterers == frozenset()
    assert Quote.objects.filter(dossier=draft).exists()
