"""A letter on the desk: begun from its act, rewritten together, previewed, sent by doing the act."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.models import Letter, LetterDraft, Reason
from applications.services import letter_drafts, reasons
from applications.workflow.refusals import NotYours, Stale
from portal import clock
from portal.notifications import outbox
from portal.notifications.models import Outbox
from tests.applications import factories as f
from tests.applications.journeys import MOTIVE, Journey
from tests.applications.officer.conftest import signed_in
from tests.applications.officer.test_acts import address, confirm, done

pytestmark = pytest.mark.django_db
At = Callable[[str], Journey]


def begun(journey: Journey, client: Client, name: str = "reject", **typed: Any) -> LetterDraft:
    """Type an act, and go to its letter instead of doing it."""
    typed = typed or {"rules": ["company.category"], "motive": MOTIVE}
    journey.dossier.refresh_from_db()
    answer = client.post(address(journey, name), {"version": journey.dossier.version, "letter": "1", **typed})
    draft = LetterDraft.objects.get(dossier=journey.dossier, act=name)
    assert answer.headers["Location"] == reverse("letter_draft", args=[draft.pk])
    return draft


def write(client: Client, draft: LetterDraft, action: str = "save", **typed: str) -> Any:
    """Post the page of a draft as it is shown, with some sections typed anew."""
    draft.refresh_from_db()
    fields = {"version": draft.dossier.version, "revision": draft.revision, "action": action}
    page = client.get(reverse("letter_draft", args=[draft.pk]))
    texts = {f"text-{row['section'].key}": row["text"] for row in page.context["parts"]}
    return client.post(reverse("letter_draft", args=[draft.pk]), {**fields, **texts, **typed})


def test_a_letter_is_begun_from_its_act_and_nothing_is_sent(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    assert draft.inputs == {"rules": ["company.category"], "motive": MOTIVE}
    page = client.get(reverse("letter_draft", args=[draft.pk])).content.decode()
    assert "Rien n’est envoyé avant votre accord" in page
    assert MOTIVE in page
    assert "cahier des charges" in page.lower()
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "under_review"
    assert not journey.dossier.letters.filter(kind=Letter.Kind.REJECTION).exists()
    shown = client.get(reverse("officer_dossier", args=[journey.dossier.pk])).content.decode()
    assert "Courriers en préparation" in shown


def test_it_is_rewritten_then_sent_and_colleagues_read_what_changed(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    done(write(client, draft, **{"text-opening": "Nous avons lu {numero} avec soin."}))
    draft.refresh_from_db()
    assert draft.texts == {"opening": "Nous avons lu {numero} avec soin."}
    done(write(client, draft, "send"))
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "rejected"
    assert not LetterDraft.objects.exists()
    letter = journey.dossier.letters.get(kind=Letter.Kind.REJECTION)
    colleague = signed_in(f.OfficerFactory()).get(reverse("letter_page", args=[letter.pk])).content.decode()
    assert "Ce que son auteur a réécrit" in colleague
    assert f"Nous avons lu {journey.dossier.number} avec soin." in colleague
    company = signed_in(journey.owner).get(reverse("letter_page", args=[letter.pk])).content.decode()
    assert f"Nous avons lu {journey.dossier.number} avec soin." in company
    assert "Ce que son auteur a réécrit" not in company
    assert "Après étude" not in company


def test_the_act_done_from_its_own_page_takes_the_draft(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    done(write(client, draft, **{"text-closing": "Écrivez-nous."}))
    page = client.get(address(journey, "reject")).content.decode()
    assert "Un courrier est en préparation pour cet acte" in page
    assert MOTIVE in page
    typed = {"version": journey.dossier.version, "rules": ["company.category"], "motive": MOTIVE}
    done(client.post(address(journey, "reject"), typed))
    letter = journey.dossier.letters.get(kind=Letter.Kind.REJECTION)
    assert letter.context["sections"]["closing"] == "Écrivez-nous."


def test_an_unknown_placeholder_is_said_and_nothing_typed_is_lost(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    page = write(client, draft, **{"text-opening": "Cher {prenom}, long texte tapé."}).content.decode()
    assert "{prenom} n’est remplacé par rien ici" in page
    assert "long texte tapé." in page
    draft.refresh_from_db()
    assert draft.texts == {}


def test_two_colleagues_never_overwrite_each_other(at: At) -> None:
    journey = at("under_review")
    client, other = signed_in(journey.officer), signed_in(f.OfficerFactory(full_name="Odile Autre"))
    draft = begun(journey, client)
    read_at = draft.revision
    done(write(other, draft, **{"text-opening": "Texte d’Odile."}))
    page = write(client, draft, revision=str(read_at), **{"text-opening": "Texte de Louis."}).content.decode()
    assert "Un collègue vient d’enregistrer ce courrier" in page
    assert "Texte de Louis." in page
    assert "Texte d’Odile." in page
    draft.refresh_from_db()
    assert draft.texts == {"opening": "Texte d’Odile."}
    done(write(client, draft, **{"text-opening": "Les deux."}))
    draft.refresh_from_db()
    assert draft.texts == {"opening": "Les deux."}


def test_a_stale_dossier_is_a_conflict_and_the_draft_stays(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    answer = write(client, draft, "send", version=str(journey.dossier.version - 1))
    assert answer.status_code == 409
    assert LetterDraft.objects.filter(pk=draft.pk).exists()


def test_what_stands_in_the_way_of_the_act_is_told_on_the_letter(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client, motive="Sans règle citée, le rejet ne tient pas.")
    page = write(client, draft, "send").content.decode()
    assert "Le rejet ne cite aucune règle" in page
    assert "ne peut pas encore partir" in page


def test_a_manager_can_not_send_an_officers_letter(at: At) -> None:
    journey = at("under_review")
    draft = begun(journey, signed_in(journey.officer))
    manager = signed_in(journey.manager)
    assert manager.get(reverse("letter_draft", args=[draft.pk])).status_code == 200
    assert write(manager, draft, "send").status_code == 409
    journey.dossier.refresh_from_db()
    assert journey.dossier.state == "under_review"
    assert LetterDraft.objects.filter(pk=draft.pk).exists()


def test_the_second_person_sees_the_letter_as_it_will_leave() -> None:
    journey = Journey(volet=2)
    journey.dossier.quotes.get().lines.update(amount="60000.00")
    journey.to("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client, "approve", motive="Dossier solide.")
    done(write(client, draft, "send", **{"text-closing": "Félicitations."}))
    manager = signed_in(journey.manager)
    page = manager.get(reverse("letter_draft", args=[draft.pk])).content.decode()
    assert "partira tel quel" in page
    assert "Félicitations." in page
    assert "<textarea" not in page
    journey.dossier.refresh_from_db()
    done(confirm(journey, journey.manager))
    assert not LetterDraft.objects.exists()


def test_corrections_of_a_closure_are_written_to_the_expert(at: At) -> None:
    journey = at("closure_submitted")
    client = signed_in(journey.officer)
    draft = begun(journey, client, "request_corrections", part__final_report="Il manque l’annexe 2.")
    page = client.get(reverse("letter_draft", args=[draft.pk])).content.decode()
    assert "Il manque l’annexe 2." in page
    done(write(client, draft, "send"))
    letter = journey.dossier.letters.get(kind=Letter.Kind.CORRECTIONS)
    address_of = reverse("letter_page", args=[letter.pk])
    assert "Rapport final" in signed_in(journey.expert).get(address_of).content.decode()
    # What Bpifrance says of the invoice addressed to it is not the company's.
    assert signed_in(journey.owner).get(address_of).status_code == 404
    assert signed_in(f.owner_of(f.ExpertFirmFactory())).get(address_of).status_code == 404
    mission = signed_in(journey.expert).get(reverse("mission_detail", args=[journey.mission.pk]))
    assert address_of in mission.content.decode()
    company = signed_in(journey.owner).get(reverse("company_dossier", args=[journey.dossier.pk]))
    assert "Demande de corrections" not in company.content.decode()


def test_the_notice_prepared_leaves_by_the_sweep(at: At) -> None:
    journey = at("in_progress")
    client = signed_in(journey.officer)
    done(client.post(reverse("letter_notice_prepare", args=[journey.dossier.pk])))
    draft = LetterDraft.objects.get(act="give_notice")
    done(write(client, draft, **{"text-closing": "Déclarez la fin avant le {date_limite}."}))
    assert "et envoyer" not in client.get(reverse("letter_draft", args=[draft.pk])).content.decode()
    assert journey.dossier.due_on is not None
    journey.day((journey.dossier.due_on - journey.today).days + 1).act("give_notice", None)
    letter = journey.dossier.letters.get(kind=Letter.Kind.LAPSE_NOTICE)
    assert letter.context["sections"]["closing"].startswith("Déclarez la fin avant le ")
    assert "{" not in letter.context["sections"]["closing"]
    assert not LetterDraft.objects.exists()


def test_the_preview_is_drawn_by_the_worker_and_read_by_the_desk_alone(at: At) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    done(write(client, draft, "preview"))
    state = reverse("letter_preview_state", args=[draft.pk])
    assert client.get(state).status_code == 302
    assert "se prépare" in client.get(state, headers={"HX-Request": "true"}).content.decode()
    assert Outbox.objects.filter(kind="preview_letter").count() == 1
    outbox.drain(clock.now())
    draft.refresh_from_db()
    assert draft.preview is not None
    page = client.get(state, headers={"HX-Request": "true"}).content.decode()
    download = reverse("document_download", args=[draft.preview.pk])
    assert download in page
    assert client.get(download).status_code == 200
    assert signed_in(journey.owner).get(download).status_code == 404
    assert signed_in(f.AdministratorFactory()).get(download).status_code == 404
    first = draft.preview.pk
    done(write(client, draft, "preview", **{"text-opening": "Autre."}))
    outbox.drain(clock.now())
    draft.refresh_from_db()
    assert draft.preview.pk != first
    assert client.get(download).status_code == 404, "an older preview gives way"
    letter_drafts.drop(draft)
    assert not LetterDraft.objects.exists()


def test_a_reason_is_inserted_by_choice_and_the_composed_text_comes_back(at: At) -> None:
    journey = at("under_review")
    reason = reasons.add(
        rule="company.category",
        title="PME",
        text="Déposez avec {entreprise}.",
        author=journey.manager,
        now=journey.now,
    )
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    section = "remedy:company.category"
    done(write(client, draft, f"insert:{section}", **{f"reason-{section}": str(reason.pk)}))
    draft.refresh_from_db()
    assert draft.texts[section].endswith("Déposez avec {entreprise}.")
    page = client.get(reverse("letter_draft", args=[draft.pk])).content.decode()
    assert f"Déposez avec {journey.dossier.company.name}." in page
    done(write(client, draft, f"restore:{section}"))
    draft.refresh_from_db()
    assert draft.texts == {}


def test_the_library_keeps_each_version(at: At) -> None:
    journey = at("submitted")
    manager, officer = signed_in(journey.manager), signed_in(journey.officer)
    typed = {"rule": "", "title": "Politesse", "text": "Nous restons à votre écoute."}
    done(manager.post(reverse("reason_add"), typed))
    reason = Reason.objects.get()
    edit = reverse("reason_edit", args=[reason.pk])
    done(manager.post(edit, {**typed, "text": "Nous sommes à votre écoute.", "number": "1"}))
    assert manager.post(edit, {**typed, "text": "Trop tard.", "number": "1"}).status_code == 409
    assert [one.text for one in reason.versions.all()] == [
        "Nous sommes à votre écoute.",
        "Nous restons à votre écoute.",
    ]
    refused = manager.post(reverse("reason_add"), {**typed, "text": "Cher {prenom}"}).content.decode()
    assert "{prenom} n’est remplacé par rien" in refused
    assert "Politesse" in officer.get(reverse("reason_list")).content.decode()
    assert officer.get(edit).status_code == 403
    done(manager.post(reverse("reason_retire", args=[reason.pk])))
    assert not Reason.objects.in_force().exists()
    with pytest.raises(NotYours):
        reasons.add(rule="", title="x", text="x", author=journey.officer, now=journey.now)
    with pytest.raises(Stale):
        reasons.rewrite(
            reason, rule="", title="x", text="x", expected=9, author=journey.manager, now=journey.now
        )


def test_the_pages_ask_the_database_little(at: At, django_assert_max_num_queries: Any) -> None:
    journey = at("under_review")
    client = signed_in(journey.officer)
    draft = begun(journey, client)
    for number in range(12):
        reasons.add(rule="", title=f"Titre {number}", text="x", author=journey.manager, now=journey.now)
    with django_assert_max_num_queries(20):
        client.get(reverse("letter_draft", args=[draft.pk]))
    with django_assert_max_num_queries(8):
        client.get(reverse("reason_list"))
    letter = journey.dossier.letters.get(kind="receipt")
    with django_assert_max_num_queries(12):
        client.get(reverse("letter_page", args=[letter.pk]))
