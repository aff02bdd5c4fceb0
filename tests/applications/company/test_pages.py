"""The company's page of a filed request: what it shows, what it lets do, what it refuses and keeps."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from applications.models import Message, Mission
from applications.views.company import ACTS
from portal import clock
from portal.accounts.models import User
from portal.notifications import outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    """Return a browser signed in, its password not typed lately."""
    client = Client()
    client.force_login(user)
    return client


def post(
    client: Client, journey: Journey, name: str, *, mission: Mission | None = None, **typed: str
) -> object:
    """Post one act of the page with the version it shows; `mission` is a replaced expert's."""
    journey.dossier.refresh_from_db()
    prefix = f"{name}-{mission.pk}" if mission else name
    data = {f"{prefix}-{field}": value for field, value in typed.items()}
    if mission:
        data["mission"] = str(mission.pk)
    url = reverse("company_act", args=[journey.dossier.pk, name])
    return client.post(url, {"version": journey.dossier.version, **data})


@pytest.mark.parametrize(
    "state", ["submitted", "approved", "contract_sent", "in_progress", "work_done", "closed"]
)
def test_the_page_shows_where_the_request_stands(state: str) -> None:
    journey = Journey().to(state)
    answer = signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk]))
    assert answer.status_code == 200
    page = answer.content.decode()
    assert journey.dossier.number in page
    assert journey.dossier.company_state_label in page


def test_a_draft_opens_on_its_tasks() -> None:
    journey = Journey()
    answer = signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk]))
    assert answer.status_code == 302
    assert answer.url == reverse("filing_tasks", args=[journey.dossier.pk])


def test_another_company_finds_nothing() -> None:
    journey = Journey().to("submitted")
    stranger = signed_in(f.owner_of(f.CompanyFactory()))
    for name in ("company_dossier", "company_sign", "company_amendment", "company_withdraw"):
        assert stranger.get(reverse(name, args=[journey.dossier.pk])).status_code == 404
    for name in ACTS:
        assert post(stranger, journey, name, motive=MOTIVE).status_code == 404


def test_the_owner_withdraws_and_a_member_does_not() -> None:
    journey = Journey().to("submitted")
    member = f.MembershipFactory(organisation=journey.dossier.company.organisation).user
    assert post(signed_in(member), journey, "withdraw").status_code == 403
    assert post(signed_in(journey.owner), journey, "withdraw", motive="Plus besoin.").status_code == 302
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "withdrawn"


def test_a_stale_page_is_told_so_and_does_nothing() -> None:
    journey = Journey().to("submitted")
    url = reverse("company_act", args=[journey.dossier.pk, "withdraw"])
    answer = signed_in(journey.owner).post(url, {"version": 0})
    assert answer.status_code == 409
    assert "quelqu’un d’autre vient d’agir" in answer.content.decode()
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "submitted"


def test_a_short_motive_is_refused_beside_it_and_kept() -> None:
    journey = Journey().to("in_progress")
    answer = post(signed_in(journey.owner), journey, "request_cancellation", motive="Trop")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Le motif manque ou est trop court." in page
    assert ">Trop</textarea>" in re.sub(r">\s+", ">", page)


def test_signing_asks_for_a_fresh_identity_then_a_code() -> None:
    journey = Journey().to("contract_sent")
    client = signed_in(journey.owner)
    assert client.get(reverse("company_sign", args=[journey.dossier.pk])).status_code == 200
    answer = client.post(reverse("company_sign_code", args=[journey.dossier.pk, "sign"]))
    assert answer.status_code == 302
    assert reverse("account_reauthenticate") in answer.url


def test_a_wrong_code_is_refused_and_counted(settings: object) -> None:
    journey = Journey().to("contract_sent")
    client = signed_in(journey.owner)
    settings.DEMO = True  # type: ignore[attr-defined]
    User.objects.filter(pk=journey.owner.pk).update(is_demo=True)
    client.post(reverse("company_sign_code", args=[journey.dossier.pk, "sign"]))
    outbox.drain(clock.now())
    code = re.search(r"^\d{6}$", mail.outbox[-1].body, re.MULTILINE).group()  # type: ignore[union-attr]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    url = reverse("company_sign", args=[journey.dossier.pk])
    journey.dossier.refresh_from_db()
    typed = {"version": journey.dossier.version, "read": "on"}
    for _ in range(4):
        answer = client.post(url, {**typed, "code": wrong})
        assert answer.status_code == 422
        assert "Le code est inexact" in answer.content.decode()
    assert client.post(url, {**typed, "code": code}).status_code == 302
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "in_progress"
    assert journey.dossier.contract.evidence["sha256"] == journey.dossier.contract.sha256


def test_five_wrong_codes_kill_the_right_one(settings: object) -> None:
    journey = Journey().to("contract_sent")
    client = signed_in(journey.owner)
    settings.DEMO = True  # type: ignore[attr-defined]
    User.objects.filter(pk=journey.owner.pk).update(is_demo=True)
    code = journey.code()
    url = reverse("company_sign", args=[journey.dossier.pk])
    typed = {"version": journey.dossier.version, "read": "on"}
    for _ in range(5):
        client.post(url, {**typed, "code": f"{(int(code) + 1) % 1_000_000:06d}"})
    assert client.post(url, {**typed, "code": code}).status_code == 422
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "contract_sent"


def test_messages_go_to_bpifrance_once() -> None:
    journey = Journey().to("under_review")
    client = signed_in(journey.owner)
    url = reverse("company_message", args=[journey.dossier.pk])
    assert client.post(url, {"message-body": ""}).status_code == 422
    assert client.post(url, {"message-body": "Bonjour, une question."}).status_code == 302
    assert Message.objects.get().body == "Bonjour, une question."


def test_the_page_costs_the_same_whatever_was_said(django_assert_max_num_queries: object) -> None:
    journey = Journey().to("closure_submitted")
    client = signed_in(journey.owner)
    url = reverse("company_dossier", args=[journey.dossier.pk])
    for number in range(30):
        Message.objects.create(
            dossier=journey.dossier, author=journey.owner, body=f"Message {number}", sent_at=journey.now
        )
    with django_assert_max_num_queries(34):  # type: ignore[operator]
        assert client.get(url).status_code == 200


def replaced_at_its_end() -> tuple[Journey, Mission]:
    """Return a journey whose first expert was replaced, then declared the end of his work."""
    journey = Journey().to("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    first, firm = journey.mission, f.ExpertFirmFactory()
    lines = [{"item": "qms_support", "amount": "20000.00"}]
    journey.day(10).act("replace_expert", journey.manager, firm=firm, lines=lines, motive=MOTIVE)
    new = Mission.objects.get(dossier=journey.dossier, firm=firm)
    journey.act("declare_conflict", f.owner_of(firm), mission=new, conflict_free=True)
    journey.act("amend", f.owner_of(firm), agreed=True)
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    journey.act("declare_work_done", journey.expert, mission=first, work_ended_on=journey.today)
    return journey, first


def post_on(journey: Journey, mission: Mission, name: str, **typed: str) -> object:
    """Post an act of the page about a replaced expert's mission."""
    return post(signed_in(journey.owner), journey, name, mission=mission, **typed)


@pytest.mark.parametrize(
    ("name", "typed"), [("confirm_restitution", "restitution_on"), ("contest_restitution", "motive")]
)
def test_the_restitution_of_a_replaced_expert_is_confirmed_or_contested(
    name: str, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey, first = replaced_at_its_end()
    monkeypatch.setattr(clock, "now", lambda: journey.now)
    page = (
        signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert f"Confirmez la restitution de {first.firm.name}" in page
    assert f'name="{name}-{first.pk}-{typed}"' in page
    refused = post_on(journey, first, name, **{typed: ""})
    assert refused.status_code == 422  # type: ignore[attr-defined]
    value = journey.today.isoformat() if typed == "restitution_on" else MOTIVE
    assert post_on(journey, first, name, **{typed: value}).status_code == 302  # type: ignore[attr-defined]
    first.refresh_from_db()
    done = first.restitution_on or first.restitution_contested_at
    assert done
    assert (journey.mission.restitution_on, journey.mission.restitution_contested_at) == (None, None)


def test_the_mission_of_another_dossier_is_not_found() -> None:
    journey = Journey().to("work_done")
    other = Journey().to("work_done").mission
    for mission in (other, journey.mission):
        answer = post_on(journey, mission, "confirm_restitution", restitution_on=journey.today.isoformat())
        assert answer.status_code == 404  # type: ignore[attr-defined]
    assert journey.mission.restitution_on is None
