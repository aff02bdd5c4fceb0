"""Whose hands a draft is in: taken up once, by whom, and what the pages of « Saisies » say of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from applications.forms.officer_list import REGIONS
from applications.models import Assistance, Company, Dossier
from applications.services.assistance import ending, entering
from applications.services.assistance.sweep import sweep
from applications.services.assistance.trail import has_members, record
from applications.services.filing_company import Lookup
from applications.workflow.refusals import NotYours, Refused
from portal import clock
from portal.accounts.models import Membership, User
from portal.display import short_date
from portal.notifications import outbox
from portal.notifications.models import Notification
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.entering import begin, declare_and_file, fill, heard
from tests.applications.workflow.test_loopholes import outside

pytestmark = pytest.mark.django_db
SIREN = f.siren(41_234_568)


@pytest.fixture
def unclaimed(officer: User) -> Assistance:
    """An entry for a company that nobody entered yet."""
    return entering.begin(
        lookup=Lookup("siren", SIREN, "off"),
        identity={"name": "Pneumolog"},
        volet=1,
        heard=heard(contact_email="faute@pneumolog.test"),
        actor=officer,
        now=clock.now(),
    )


def listed(user: User) -> str:
    return re.sub(r"\s+", " ", signed_in(user).get(reverse("assistance_list")).content.decode())


# --- Taken up once -------------------------------------------------------------------------------
@pytest.mark.parametrize("end", ["stop", "hand_over"])
def test_an_old_row_gives_nobody_the_draft_back(company: Company, officer: User, end: str) -> None:
    entry, manager = begin(company, officer), f.ManagerFactory()
    User.objects.filter(pk=officer.pk).update(is_active=False)
    sweep(now=clock.now(), today=clock.today())
    assert "Reprendre" in listed(manager)
    taken = ending.pass_on(entry, to=manager, actor=manager, now=clock.now())
    if end == "stop":
        ending.stop(taken.dossier, actor=f.owner_of(company), now=clock.now())
    else:
        ending.hand_over(taken, actor=manager, now=clock.now())
    entry.refresh_from_db()
    assert entry.end == "left"
    assert "Reprendre" not in listed(manager)
    for row in (entry, taken):
        with pytest.raises(Refused, match="déjà terminée"):
            ending.pass_on(row, to=manager, actor=manager, now=clock.now())


def test_a_manager_takes_up_what_expired_and_it_stays_taken_up(company: Company, officer: User) -> None:
    entry, manager = begin(company, officer), f.ManagerFactory()
    later = timedelta(days=100)
    sweep(now=clock.now() + later, today=clock.today() + later)
    entry.refresh_from_db()
    assert entry.end == "expired"
    assert "Reprendre" not in listed(officer)
    assert "Reprendre" in listed(manager)
    with pytest.raises(NotYours):
        ending.pass_on(entry, to=officer, actor=officer, now=clock.now() + later)
    taken = ending.pass_on(entry, to=officer, actor=manager, now=clock.now() + later)
    sweep(now=clock.now() + later, today=clock.today() + later)
    taken.refresh_from_db()
    assert taken.is_open


def test_a_manager_takes_up_what_was_handed_to_nobody(unclaimed: Assistance, officer: User) -> None:
    manager = f.ManagerFactory()
    ending.hand_over(unclaimed, actor=officer, now=clock.now())
    taken = ending.pass_on(unclaimed, to=manager, actor=manager, now=clock.now())
    assert not Assistance.objects.filter(remind_on__isnull=False).exists()
    with pytest.raises(NotYours):
        ending.hand_over(unclaimed, actor=officer, now=clock.now())
    ending.hand_over(taken, actor=manager, now=clock.now())
    f.MembershipFactory(organisation=taken.dossier.company.organisation)
    with pytest.raises(Refused, match="déjà terminée"):
        ending.pass_on(taken, to=manager, actor=manager, now=clock.now())


# --- Invited again ---------------------------------------------------------------------------------
def test_a_manager_invites_again_after_the_officer_left(unclaimed: Assistance, officer: User) -> None:
    ending.hand_over(unclaimed, actor=officer, now=clock.now())
    manager, other = f.ManagerFactory(), f.OfficerFactory()
    User.objects.filter(pk=officer.pk).update(is_active=False)
    later = timedelta(days=8)
    sweep(now=clock.now() + later, today=clock.today() + later)
    outbox.drain(clock.now() + later)
    assert Notification.objects.filter(recipient=manager, kind="assistance_unclaimed").count() == 1
    address = reverse("assistance_hand_over", args=[unclaimed.pk])
    assert signed_in(other).get(address).status_code == 404
    assert "Renvoyer l’invitation" in listed(manager)
    answer = signed_in(manager).post(address, {"contact_email": "dirigeante@pneumolog.test"})
    assert answer.status_code == 302
    outbox.drain(clock.now())
    assert [one.to for one in mail.outbox][-1] == ["dirigeante@pneumolog.test"]


def test_a_member_who_left_is_no_member(unclaimed: Assistance, officer: User) -> None:
    company = unclaimed.dossier.company
    gone = f.MembershipFactory(organisation=company.organisation)
    assert has_members(company)
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    assert not has_members(company)
    ending.hand_over(unclaimed, actor=officer, now=clock.now())
    assert "valable jusqu’au" in listed(officer)
    Membership.objects.filter(pk=gone.pk).update(is_active=False)
    User.objects.filter(pk=gone.user_id).update(is_active=True)
    assert not has_members(company)


# --- What the pages say -----------------------------------------------------------------------------
def test_the_list_says_to_whom_and_until_when(unclaimed: Assistance, officer: User) -> None:
    now = clock.now()
    ending.hand_over(unclaimed, actor=officer, now=now, contact_email="dirigeante@pneumolog.test")
    page = listed(officer)
    assert f"le {short_date(now)}, à dirigeante@pneumolog.test" in page
    assert f"invitation valable jusqu’au {short_date(now + timedelta(days=14))}" in page
    unclaimed.dossier.company.organisation.invitations.open().update(
        created_at=now - timedelta(days=20), expires_at=now - timedelta(days=6)
    )
    assert f"invitation expirée le {short_date(now - timedelta(days=6))}" in listed(officer)


def test_who_handed_it_is_led_back(company: Company, officer: User) -> None:
    entry = begin(company, officer)
    ending.hand_over(entry, actor=officer, now=clock.now())
    assert f"le {short_date(clock.now())}, à ses membres" in listed(officer)
    client = signed_in(officer)
    for address in (
        reverse("filing_tasks", args=[entry.dossier_id]),
        reverse("filing_step", args=[entry.dossier_id, "entreprise"]),
    ):
        shown = client.get(address, follow=True)
        assert shown.redirect_chain == [(reverse("assistance_list"), 302)]
        assert "remise à l’entreprise le" in shown.content.decode()
        assert signed_in(f.OfficerFactory()).get(address).status_code == 404
    fill(entry.dossier, f.owner_of(company))
    filed = declare_and_file(entry.dossier, f.owner_of(company))
    answer = client.get(reverse("filing_tasks", args=[filed.pk]))
    assert answer.url == reverse("officer_dossier", args=[filed.pk])


def test_the_steps_speak_to_the_officer(company: Company, officer: User) -> None:
    draft, client = begin(company, officer).dossier, signed_in(officer)

    def page(slug: str) -> str:
        return client.get(reverse("filing_step", args=[draft.pk, slug])).content.decode()

    volet = page("volet")
    assert "Mes demandes" not in volet
    assert client.get(reverse("company_home")).status_code == 403
    fill(draft, officer)
    declarations = page("declarations")
    assert "Enregistrer" not in declarations
    assert "Cette étape est complète" not in declarations
    assert "Ce que l’entreprise seule atteste" in declarations
    tasks = client.get(reverse("filing_tasks", args=[draft.pk])).content.decode()
    rows = tasks.partition('<ol class="dm-tasks">')[2].partition("</ol>")[0].split("<li>")[1:]
    assert len(rows) == 8
    assert "À faire par l’entreprise" in rows[6]
    assert "6 étapes sur 8 terminées" in tasks
    assert "Continuer\xa0: Relecture et remise" in tasks
    assert "<h1>Relecture et remise</h1>" in page("relecture")
    theirs = signed_in(f.owner_of(company)).get(reverse("filing_tasks", args=[draft.pk])).content.decode()
    assert " sur 7 terminée" in theirs
    assert "À faire par l’entreprise" not in theirs


def test_the_beginning_offers_the_regions_and_marks_what_is_required(officer: User) -> None:
    client = signed_in(officer)
    client.post(reverse("assistance_number"), {"scheme": "siren", "identifier": SIREN})
    begun = client.get(reverse("assistance_begin"))
    region = begun.context["form"].fields["region"]
    assert [value for value, _ in region.choices] == ["", *REGIONS]
    label = begun.content.decode().partition('for="id_received_on"')[2].partition("</label>")[0]
    assert "asteriskField" in label
    typed = {"name": "Pneumolog", "region": "Ile de France", "received_on": ""}
    answer = client.post(reverse("assistance_begin"), typed)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert errors["received_on"] == ["Indiquez la date de réception."]
    assert errors["region"] == ["Choisissez une région de la liste."]


# --- Who does not decide ----------------------------------------------------------------------------
@pytest.mark.parametrize("act", ["advise_derogation", "decide_derogation"])
def test_who_entered_it_says_nothing_of_its_derogation(act: str) -> None:
    journey = outside()
    if act == "decide_derogation":
        journey.act("advise_derogation", journey.officer, favourable=True, motive=MOTIVE)
    who, dossier = journey.manager if act == "decide_derogation" else journey.officer, journey.dossier
    Dossier.objects.filter(pk=dossier.pk).update(entered={})
    dossier.refresh_from_db()
    entry = Assistance(dossier=dossier, officer=who, channel="phone", received_on=journey.today)
    entry.opened_at = entry.closed_at = journey.now
    entry.end = "submitted"
    entry.save()
    record("assistance_opened", entry, actor=who, now=journey.now)
    with pytest.raises(Refused) as refusal:
        journey.act(act, who, favourable=True, granted=True, motive=MOTIVE)
    assert {one.code for one in refusal.value.obstacles} == {"entered_it"}
