"""Each act of the desk through its page: done, refused with its obstacles and what was typed, stale, forbidden."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.forms.officer_registry import ACTS, CONFIRMED_ONLY
from applications.models import Hold, Mission, PendingApproval
from applications.workflow.situation import Actor
from applications.workflow.table import TRANSITIONS
from portal import clock
from portal.accounts.models import User
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in

pytestmark = pytest.mark.django_db
RETURN = {"bank_reason": "AC04", "then": "pay"}
STAFF = {Actor.OFFICER, Actor.MANAGER, Actor.CONTROLLER}
At = Callable[[str], Journey]


def address(journey: Journey, name: str, mission: Mission | None = None) -> str:
    if TRANSITIONS[name].on_mission:
        return reverse("desk_mission_act", args=[(mission or journey.mission).pk, name])
    return reverse("desk_act", args=[journey.dossier.pk, name])


def post(journey: Journey, user: User, name: str, mission: Mission | None = None, **typed: Any) -> Any:
    journey.dossier.refresh_from_db()
    answer = signed_in(user).post(
        address(journey, name, mission), {"version": journey.dossier.version, **typed}
    )
    journey.dossier.refresh_from_db()
    return answer


def done(answer: Any) -> None:
    assert answer.status_code == 302, answer.content.decode()


def confirm(journey: Journey, user: User, motive: str = "") -> Any:
    pending = PendingApproval.objects.get(dossier=journey.dossier, status="open")
    typed = {"version": journey.dossier.version, "motive": motive}
    answer = signed_in(user).post(reverse("pending_confirm", args=[pending.pk]), typed)
    journey.dossier.refresh_from_db()
    return answer


def test_every_act_of_the_desk_has_a_page() -> None:
    theirs = {name for name, one in TRANSITIONS.items() if one.actors & STAFF}
    assert theirs == set(ACTS)
    seconded = {name for name, one in TRANSITIONS.items() if one.second and one.second.actors & STAFF}
    assert seconded <= set(ACTS) | set(CONFIRMED_ONLY)


def test_the_main_road_by_the_desks_pages(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = at("submitted")
    done(post(journey, journey.officer, "take"))
    done(post(journey, journey.manager, "reassign", officer=f.OfficerFactory().pk, motive=MOTIVE))
    done(post(journey, journey.officer, "approve"))
    journey.act("declare_conflict", journey.expert, conflict_free=True)
    done(post(journey, journey.manager, "sign_for_bpifrance"))
    done(post(journey, journey.officer, "send_contract"))
    journey.to("closure_submitted")
    monkeypatch.setattr(clock, "now", lambda: journey.now)
    journey.act("confirm_restitution", journey.owner, restitution_on=journey.today)
    done(post(journey, journey.officer, "certify_service"))
    done(post(journey, journey.controller, "approve_payment"))
    paid_on = journey.today.isoformat()
    done(post(journey, journey.payer, "mark_paid", reference="VIR-1", paid_on=paid_on))
    done(post(journey, journey.officer, "forward_report", recipients=["economie", "sante"], sent_on=paid_on))
    done(post(journey, journey.officer, "close"))
    assert journey.dossier.state == "closed"


def test_assigning_by_a_manager(at: At) -> None:
    journey = at("submitted")
    answer = post(journey, journey.manager, "assign")
    assert "Cette personne n’est pas chargée d’affaires" in answer.content.decode()
    done(post(journey, journey.manager, "assign", officer=journey.officer.pk))
    assert journey.dossier.officer == journey.officer


def test_a_completion_is_asked_part_by_part(at: At) -> None:
    journey = at("under_review")
    page = signed_in(journey.officer).get(address(journey, "request_completion")).content.decode()
    assert "Effectif" in page
    answer = post(journey, journey.officer, "request_completion", message="Bonjour, un oubli.")
    assert "Aucun élément à compléter" in answer.content.decode()
    assert "Bonjour, un oubli." in answer.content.decode()
    typed = {"entreprise__headcount": "À la clôture 2025.", "pieces__quote": "Page 2 illisible."}
    done(post(journey, journey.officer, "request_completion", **typed))
    assert journey.dossier.state == "incomplete"
    items = journey.dossier.completion_requests.get().items.order_by("pk")
    assert [(one.step, one.target) for one in items] == [("entreprise", "headcount"), ("pieces", "quote")]


def test_a_finding_is_judged_in_place() -> None:
    journey = Journey()
    journey.dossier.company_facts |= {"legal_form": "9220"}
    journey.dossier.save()
    journey.to("under_review")
    client = signed_in(journey.officer)
    page = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert "Trancher ce constat" in page
    assert "Un constat est à trancher" in page
    typed = {"rule": "company.legal_form", "outcome": "accepted", "motive": "court"}
    answer = post(journey, journey.officer, "decide_finding", **typed).content.decode()
    assert "Le motif manque ou est trop court." in answer
    assert ">court<" in answer.replace("\n", "")
    done(post(journey, journey.officer, "decide_finding", **{**typed, "motive": MOTIVE}))
    page = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert "Constat levé" in page
    assert "Revoir la conclusion" in page
    done(post(journey, journey.officer, "approve"))
    assert journey.dossier.state == "approved"


def test_a_rejection_cites_findings_and_keeps_what_was_typed(at: At) -> None:
    journey = at("under_review")
    answer = post(journey, journey.officer, "reject", motive="Motif soigneusement rédigé.")
    page = answer.content.decode()
    assert "Le rejet ne cite aucune règle" in page
    assert "Motif soigneusement rédigé." in page
    done(post(journey, journey.officer, "reject", rules=["company.category"], motive=MOTIVE))
    assert journey.dossier.state == "rejected"


def test_a_large_share_waits_for_a_manager(db: None) -> None:
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount="60000.00")
    journey.to("under_review")
    done(post(journey, journey.officer, "approve", motive="Dossier solide."))
    assert journey.dossier.state == "under_review"
    page = (
        signed_in(journey.manager).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert "À confirmer\xa0: accepter la demande" in page
    assert "Dossier solide." in page
    listed = signed_in(journey.manager).get(reverse("pending_list")).content.decode()
    assert "Examiner" in listed
    assert confirm(journey, journey.officer).status_code == 403
    done(confirm(journey, journey.manager))
    assert journey.dossier.state == "approved"


def test_a_pending_act_is_dropped(db: None) -> None:
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount="60000.00")
    journey.to("under_review")
    done(post(journey, journey.officer, "approve"))
    pending = PendingApproval.objects.get()
    drop = reverse("pending_drop", args=[pending.pk])
    page = {"version": journey.dossier.version}
    older = {"version": journey.dossier.version - 1}
    assert signed_in(journey.controller).post(drop, page).status_code == 403
    assert signed_in(journey.manager).post(drop, older).status_code == 409
    assert signed_in(journey.manager).post(drop, page).status_code == 302
    pending.refresh_from_db()
    assert pending.status == "dropped"
    assert signed_in(journey.manager).post(drop).status_code == 409
    assert signed_in(journey.manager).post(reverse("pending_confirm", args=[pending.pk])).status_code == 409


def test_a_derogation_is_advised_then_decided(db: None) -> None:
    journey = Journey(firm=f.ExpertFirmFactory(volets=()))
    from applications.models import Derogation

    Derogation.objects.create(dossier=journey.dossier, reason="Seul du domaine.", requested_at=journey.now)
    f.DossierDocumentFactory(dossier=journey.dossier, kind="derogation_evidence")
    journey.to("under_review")
    page = signed_in(journey.manager).get(address(journey, "decide_derogation")).content.decode()
    assert "n’a pas encore donné son avis" in page
    answer = post(journey, journey.officer, "advise_derogation", motive=MOTIVE)
    assert answer.status_code == 200
    done(post(journey, journey.officer, "advise_derogation", favourable="oui", motive=MOTIVE))
    done(post(journey, journey.manager, "decide_derogation", granted="oui", motive=MOTIVE))
    journey.dossier.derogation.refresh_from_db()
    assert journey.dossier.derogation.status == "granted"


def lines(journey: Journey, factor: str = "") -> dict[str, str]:
    quote = journey.dossier.quotes.order_by("-number").first()
    assert quote is not None
    typed = {}
    for row, line in enumerate(quote.lines.all()):
        typed |= {
            f"line{row}_item": line.item,
            f"line{row}_amount": factor or str(line.amount).replace(".", ","),
            f"line{row}_performed_by": "expert",
        }
    return typed


def test_an_amendment_is_opened_then_dropped(at: At) -> None:
    journey = at("in_progress")
    answer = post(
        journey, journey.officer, "amend", **lines(journey, "39 000,00"), motive="Baisse du périmètre."
    )
    page = answer.content.decode()
    assert "Un avenant peut la baisser" in page
    assert "39 000,00" in page
    done(post(journey, journey.officer, "amend", **lines(journey, "3 000,00"), motive="Baisse du périmètre."))
    assert (
        "Avenant 1"
        in signed_in(journey.officer)
        .get(reverse("officer_dossier", args=[journey.dossier.pk]))
        .content.decode()
    )
    done(post(journey, journey.officer, "drop_amendment", motive=MOTIVE))
    assert journey.dossier.amendments.get().status == "dropped"


def test_an_expert_is_replaced(at: At) -> None:
    journey = at("under_review")
    other = f.ExpertFirmFactory()
    unfit = f.ExpertFirmFactory(volets=())
    answer = post(journey, journey.manager, "replace_expert", firm=unfit.pk, motive=MOTIVE, **lines(journey))
    assert answer.status_code == 200
    done(post(journey, journey.manager, "replace_expert", firm=other.pk, motive=MOTIVE, **lines(journey)))
    assert journey.mission.firm == other


def test_an_extension_is_refused_by_the_editions(at: At) -> None:
    journey = at("in_progress")
    for name in ("extend", "decline_extension"):
        answer = post(journey, journey.manager, name, motive=MOTIVE)
        assert "ne prévoit aucune prolongation" in answer.content.decode()
    page = signed_in(journey.manager).get(reverse("officer_dossier", args=[journey.dossier.pk]))
    assert "prolongation" not in page.content.decode()


def test_the_closure_is_corrected_then_refused(at: At) -> None:
    journey = at("closure_submitted")
    done(post(journey, journey.officer, "request_corrections", part__final_report="Il manque la conclusion."))
    assert journey.dossier.state == "closure_incomplete"
    page = (
        signed_in(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert "Il manque la conclusion." in page
    answer = post(journey, journey.manager, "refuse_closure", motive="non")
    assert "Le motif manque" in answer.content.decode()
    done(post(journey, journey.manager, "refuse_closure", motive=MOTIVE))
    assert journey.dossier.state == "cancelled"


def test_the_restitution_is_settled_on_evidence(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = at("closure_submitted")
    page = signed_in(journey.officer).get(address(journey, "settle_restitution")).content.decode()
    assert "10 jours" in page
    journey.day(11)
    monkeypatch.setattr("portal.clock.now", lambda: journey.now)
    typed = {"restitution_on": journey.today.isoformat(), "evidence": "Feuille de présence du jour."}
    done(post(journey, journey.officer, "settle_restitution", **typed))
    assert journey.mission.restitution_on == journey.today


def test_a_hold_is_set_and_lifted(at: At) -> None:
    journey = at("closure_submitted")
    done(post(journey, journey.controller, "set_hold", reason="insolvency", motive=MOTIVE))
    hold = Hold.objects.get()
    page = (
        signed_in(journey.controller)
        .get(reverse("payment_detail", args=[journey.mission.pk]))
        .content.decode()
    )
    assert "Paiement suspendu\xa0: procédure collective" in page
    assert "Le paiement est suspendu" in page
    done(post(journey, journey.officer, "lift_hold", hold=hold.pk, motive=MOTIVE))
    hold.refresh_from_db()
    assert hold.lifted_by == journey.officer


def test_a_payment_is_reversed_by_two(at: At) -> None:
    journey = at("paid")
    done(post(journey, journey.payer, "reverse_payment", motive="Compte clos, virement rejeté.", **RETURN))
    page = (
        signed_in(journey.manager).get(reverse("payment_detail", args=[journey.mission.pk])).content.decode()
    )
    assert "Compte clos, virement rejeté." in page
    done(confirm(journey, journey.manager))
    assert journey.dossier.state == "payment_approved"


def test_a_dossier_is_cancelled(at: At) -> None:
    journey = at("in_progress")
    done(post(journey, journey.manager, "cancel", motive=MOTIVE))
    assert journey.dossier.state == "cancelled"


def test_a_lapse_is_reopened(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = at("in_progress")
    start = journey.today
    journey.now += timedelta(days=30 * 20)
    journey.act("give_notice", None)
    journey.day(31)
    journey.act("lapse", None)
    monkeypatch.setattr("portal.clock.now", lambda: journey.now)
    typed = {
        "work_started_on": start.isoformat(),
        "work_ended_on": (start + timedelta(days=60)).isoformat(),
        "motive": "Procès-verbal de fin daté.",
    }
    done(post(journey, journey.manager, "reopen", **typed))
    assert journey.dossier.state == "work_done"


def test_an_end_declared_late_is_accepted_by_a_manager(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = at("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    ended = journey.today + timedelta(days=30)
    assert journey.dossier.due_on is not None
    journey.now += timedelta(days=(journey.dossier.due_on - journey.today).days + 2)
    journey.act("declare_work_done", journey.expert, work_ended_on=ended)
    monkeypatch.setattr("portal.clock.now", lambda: journey.now)
    page = (
        signed_in(journey.manager).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert "Fin déclarée" in page
    refused = confirm(journey, journey.manager, "court").content.decode()
    assert "Le motif de l’acceptation manque" in refused
    assert ">\ncourt<" in refused
    done(confirm(journey, journey.manager, MOTIVE))
    assert journey.dossier.state == "work_done"


# --- Refusals ------------------------------------------------------------------------------------
def test_a_stale_page_is_a_conflict(at: At) -> None:
    journey = at("under_review")
    old = journey.dossier.version - 1
    answer = signed_in(journey.officer).post(address(journey, "approve"), {"version": old})
    assert answer.status_code == 409
    assert "quelqu’un d’autre vient d’agir" in answer.content.decode()
    assert signed_in(journey.officer).post(address(journey, "approve"), {"version": "x"}).status_code == 409


def test_an_act_out_of_its_state_is_a_conflict(at: At) -> None:
    journey = at("under_review")
    assert signed_in(journey.officer).get(address(journey, "send_contract")).status_code == 409
    assert post(journey, journey.officer, "send_contract").status_code == 409


def test_another_persons_act_is_forbidden(at: At) -> None:
    journey = at("under_review")
    for user, name in (
        (journey.officer, "cancel"),
        (journey.manager, "approve"),
        (journey.controller, "reject"),
        (journey.officer, "approve_payment"),
    ):
        assert signed_in(user).get(address(journey, name)).status_code == 403
        assert post(journey, user, name, motive=MOTIVE).status_code == 403


def test_unknown_acts_do_not_exist(at: At) -> None:
    client: Client = signed_in(at("under_review").officer)
    assert client.get(reverse("desk_act", args=[1, "submit"])).status_code == 404
    assert client.get(reverse("desk_act", args=[1, "nothing"])).status_code == 404


def test_what_stands_in_the_way_is_told_on_the_page(at: At) -> None:
    journey = at("approved")
    page = (
        signed_in(journey.officer).get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    )
    assert "Le contrat n’est pas encore signé pour Bpifrance." in page
    page = signed_in(journey.officer).get(address(journey, "send_contract")).content.decode()
    assert "Ce n’est pas possible pour l’instant" in page


def test_a_replaced_mission_is_still_closed_and_held(at: At) -> None:
    journey = at("in_progress")
    journey.file_service_contract()
    journey.act("start_work", journey.expert, work_started_on=journey.today)
    first, other = journey.mission, f.ExpertFirmFactory()
    done(post(journey, journey.manager, "replace_expert", firm=other.pk, motive=MOTIVE, **lines(journey)))
    journey.act("amend", journey.owner, code=journey.code(), reauthenticated=True)
    waiting = Mission.objects.get(dossier=journey.dossier, firm=other)
    journey.act("declare_conflict", f.owner_of(other), mission=waiting, conflict_free=True)
    journey.act("amend", f.owner_of(other), agreed=True)
    assert journey.mission.firm == other
    page = (
        signed_in(journey.controller)
        .get(reverse("officer_dossier", args=[journey.dossier.pk]))
        .content.decode()
    )
    assert "remplacé le" in page
    assert reverse("desk_mission_act", args=[first.pk, "set_hold"]) in page
    done(post(journey, journey.controller, "set_hold", first, reason="seizure", motive=MOTIVE))
    assert first.holds.get().reason == "seizure"
    assert signed_in(journey.controller).get(reverse("payment_detail", args=[first.pk])).status_code == 200
