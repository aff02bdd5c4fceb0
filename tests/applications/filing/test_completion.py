"""A completion opens exactly what was named, keeps the rest sealed, and is filed under the same number."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import Dossier
from applications.services import filing
from applications.services.transitions import execute
from applications.workflow.refusals import Refused
from portal import clock
from tests.applications.factories import OfficerFactory
from tests.applications.filing.conftest import form_data
from tests.applications.filing.test_services import real_pdf

pytestmark = pytest.mark.django_db

ITEMS = [
    {"step": "entreprise", "target": "equity", "reason": "Montant différent de la liasse."},
    {"step": "pieces", "target": "regularity_certificate", "reason": "Attestation illisible."},
]


@pytest.fixture
def incomplete(dossier, owner):
    ticked = dict.fromkeys(("accuracy", "no_early_start", "availability", "transmission"), True)
    execute("submit", dossier=dossier, actor=owner, expected_version=0, expected_revision=0, **ticked)
    officer = OfficerFactory()
    for name, inputs in (("take", {}), ("request_completion", {"items": ITEMS, "message": "Deux points."})):
        dossier.refresh_from_db()
        execute(name, dossier=dossier, actor=officer, expected_version=dossier.version, **inputs)
    return Dossier.objects.get(pk=dossier.pk)


def statuses(client, dossier):
    page = client.get(reverse("filing_tasks", args=[dossier.pk]))
    return {task.step.slug: task.status for task in page.context["tasks"]}


def test_the_task_list_shows_what_was_named_with_its_reason(incomplete, signed_in):
    page = signed_in.get(reverse("filing_tasks", args=[incomplete.pk])).content.decode()
    assert "Montant différent de la liasse." in page
    found = statuses(signed_in, incomplete)
    assert (found["entreprise"], found["pieces"]) == ("mend", "mend")
    assert {found[slug] for slug in ("dispositif", "volet", "expert", "devis", "declarations")} == {"sealed"}


def test_only_the_named_field_is_written(incomplete, signed_in, owner):
    url = reverse("filing_step", args=[incomplete.pk, "entreprise"])
    data = form_data(signed_in.get(url)) | {"equity": "450000"}
    assert signed_in.post(url, data).status_code == 302
    incomplete.refresh_from_db()
    assert incomplete.company_facts["equity"] == "450000"
    with pytest.raises(Refused, match="pas à compléter"):
        filing.save_company_facts(
            incomplete,
            actor=owner,
            expected_revision=incomplete.revision,
            facts={**incomplete.company_facts, "headcount": "99"},
            today=clock.today(),
        )


@pytest.mark.parametrize("slug", ["dispositif", "volet", "expert", "devis", "declarations"])
def test_a_sealed_task_is_read_and_not_written(incomplete, signed_in, slug):
    url = reverse("filing_step", args=[incomplete.pk, slug])
    page = signed_in.get(url)
    assert "sans se modifier" in page.content.decode()
    signed_in.post(
        url, form_data(page) | {"firm": "", "name": "Autre", "line0_amount": "1", "issued_on": "2020-01-01"}
    )
    fresh = Dossier.objects.get(pk=incomplete.pk)
    assert fresh.revision == incomplete.revision


def test_another_piece_is_refused(incomplete, signed_in):
    url = reverse("filing_piece_add", args=[incomplete.pk])
    response = signed_in.post(url, {"kind": "other", "files": SimpleUploadedFile("a.pdf", real_pdf())})
    assert response.status_code == 422
    assert not incomplete.documents.filter(kind="other").exists()


def test_once_answered_it_is_filed_again_under_its_number(incomplete, signed_in):
    url = reverse("filing_step", args=[incomplete.pk, "entreprise"])
    signed_in.post(url, form_data(signed_in.get(url)) | {"equity": "450000"})
    old = incomplete.documents.get(kind="regularity_certificate")
    signed_in.post(
        reverse("filing_piece_replace", args=[incomplete.pk, old.pk]),
        {"files": SimpleUploadedFile("nette.pdf", real_pdf())},
    )
    fresh = incomplete.documents.get(kind="regularity_certificate", replaced_at=None)
    signed_in.post(
        reverse("filing_piece_date", args=[incomplete.pk, fresh.pk]),
        {"issued_on": clock.today().isoformat(), "covers": ["tax", "social"]},
    )
    found = statuses(signed_in, incomplete)
    assert (found["entreprise"], found["pieces"], found["relecture"]) == ("done", "done", "due")
    incomplete.refresh_from_db()
    number = incomplete.number
    data = {"version": incomplete.version, "revision": incomplete.revision}
    assert signed_in.post(reverse("filing_submit", args=[incomplete.pk]), data).status_code == 302
    incomplete.refresh_from_db()
    assert (incomplete.state, incomplete.number) == ("under_review", number)
