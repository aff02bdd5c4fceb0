"""A piece that takes another's place: the former counts until the new one is accepted, by the antivirus too."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import Dossier
from applications.services import filing_pieces as pieces
from applications.services.transitions import available, execute
from applications.workflow.refusals import Refused
from portal import clock
from portal.documents.checks import FileRefused
from portal.documents.models import Document
from tests.applications.factories import DossierDocumentFactory, OfficerFactory
from tests.portal.documents.makers import SOUND

pytestmark = pytest.mark.django_db

TODAY = clock.today()
NOW = clock.now()


def page(client, dossier):
    return client.get(reverse("filing_step", args=[dossier.pk, "pieces"])).content.decode()


class TestReplacement:
    def other(self, content=None):
        return SimpleUploadedFile("neuf.pdf", content or SOUND["pdf"])

    def test_a_refused_file_leaves_the_former(self, dossier, owner):
        piece = dossier.documents.get(kind="quote")
        with pytest.raises(FileRefused):
            pieces.replace_document(piece, actor=owner, file=self.other(b"MZ"), now=NOW, today=TODAY)
        assert list(pieces.pieces_of(dossier).filter(kind="quote")) == [piece]
        assert dossier.quotes.get().document == piece.document

    def test_an_accepted_one_takes_its_place_at_once(self, dossier, owner):
        piece = dossier.documents.get(kind="quote")
        fresh = pieces.replace_document(piece, actor=owner, file=self.other(), now=NOW, today=TODAY)
        assert list(pieces.pieces_of(dossier).filter(kind="quote")) == [fresh]
        assert dossier.quotes.get().document == fresh.document

    def test_in_a_full_dossier_one_file_still_replaces_another(self, dossier, owner):
        for _ in range(pieces.MAX_FILES - dossier.documents.count()):
            DossierDocumentFactory(dossier=dossier, kind="other")
        piece = dossier.documents.get(kind="quote")
        assert pieces.replace_document(piece, actor=owner, file=self.other(), now=NOW, today=TODAY)
        with pytest.raises(Refused, match="le maximum"):
            pieces.add_document(dossier, actor=owner, kind="other", file=self.other(), today=TODAY)

    def test_what_a_colleague_replaced_is_not_replaced_twice(self, dossier, owner):
        piece = dossier.documents.get(kind="quote")
        pieces.replace_document(piece, actor=owner, file=self.other(), now=NOW, today=TODAY)
        count = Document.objects.count()
        with pytest.raises(Refused, match="déjà été remplacée"):
            pieces.replace_document(piece, actor=owner, file=self.other(), now=NOW, today=TODAY)
        assert Document.objects.count() == count

    def test_by_script_it_answers_as_an_addition_does(self, dossier, signed_in):
        piece = dossier.documents.get(kind="quote")
        response = signed_in.post(
            reverse("filing_piece_replace", args=[dossier.pk, piece.pk]),
            {"files": self.other(b"MZ")},
            headers={"Accept": "application/json"},
        )
        assert response.status_code == 422
        assert response.json()["files"][0]["joined"] is False


class TestAntivirus:
    """With an antivirus a file counts, is shown and replaces another only once it is found clean."""

    @pytest.fixture(autouse=True)
    def configured(self, settings):
        settings.CLAMD_ADDRESS = "127.0.0.1:1"

    def replaced(self, dossier, owner):
        former = dossier.documents.get(kind="quote")
        file = SimpleUploadedFile("neuf.pdf", SOUND["pdf"])
        return former, pieces.replace_document(former, actor=owner, file=file, now=NOW, today=TODAY)

    def verdict(self, piece, state):
        piece.document.state = state
        piece.document.refusal = "" if state == "clean" else "Virus."
        piece.document.save()
        pieces.after_scan(piece.document)

    def test_the_former_counts_until_the_new_one_is_clean(self, dossier, owner, signed_in):
        former, fresh = self.replaced(dossier, owner)
        former.refresh_from_db()
        assert former.replaced_at is None
        assert dossier.quotes.get().document == former.document
        shown = page(signed_in, dossier)
        assert "Analyse antivirus en cours" in shown
        assert "data-dm-wait" in shown
        assert "Il prendra alors la place" in shown
        self.verdict(fresh, "clean")
        former.refresh_from_db()
        assert former.replaced_at is not None
        assert dossier.quotes.get().document == fresh.document

    def test_a_refused_one_leaves_the_former(self, dossier, owner, signed_in):
        former, fresh = self.replaced(dossier, owner)
        self.verdict(fresh, "refused")
        former.refresh_from_db()
        assert former.replaced_at is None
        assert dossier.quotes.get().document == former.document
        assert "Virus." in page(signed_in, dossier)

    def test_a_submission_meanwhile_says_which_file_is_awaited(self, dossier, owner):
        file = SimpleUploadedFile("annexe.pdf", SOUND["pdf"])
        pieces.add_document(dossier, actor=owner, kind="other", file=file, today=TODAY)
        fresh = Dossier.objects.get(pk=dossier.pk)
        (offer,) = [one for one in available(fresh, owner) if one.transition.name == "submit"]
        assert [one.code for one in offer.obstacles] == ["file_awaited"]
        assert "annexe.pdf" in offer.obstacles[0].message

    def test_a_verdict_after_the_filing_changes_nothing(self, dossier, owner):
        former, fresh = self.replaced(dossier, owner)
        Dossier.objects.filter(pk=dossier.pk).update(
            state="submitted", number="DM-1", submitted_at=NOW, judged_on=TODAY, edition="2024"
        )
        self.verdict(fresh, "clean")
        former.refresh_from_db()
        assert former.replaced_at is None


class TestCompletion:
    """What a completion did not name is neither moved, nor dated, nor replaced, nor a place for another file."""

    ITEMS = [{"step": "pieces", "target": "regularity_certificate", "reason": "Attestation illisible."}]

    @pytest.fixture
    def incomplete(self, dossier, owner):
        ticked = dict.fromkeys(("accuracy", "no_early_start", "availability", "transmission"), True)
        execute("submit", dossier=dossier, actor=owner, expected_version=0, expected_revision=0, **ticked)
        officer = OfficerFactory()
        for name, inputs in (
            ("take", {}),
            ("request_completion", {"items": self.ITEMS, "message": "Un point."}),
        ):
            dossier.refresh_from_db()
            execute(name, dossier=dossier, actor=officer, expected_version=dossier.version, **inputs)
        return Dossier.objects.get(pk=dossier.pk)

    @pytest.mark.parametrize(
        ("kind", "to"), [("quote", "regularity_certificate"), ("regularity_certificate", "quote")]
    )
    def test_a_file_is_moved_neither_from_nor_to_what_is_sealed(self, incomplete, owner, kind, to):
        piece = incomplete.documents.get(kind=kind)
        with pytest.raises(Refused, match="pas à compléter"):
            pieces.reclassify(piece, actor=owner, kind=to, today=TODAY)
        assert incomplete.documents.get(kind=kind) == piece

    def test_a_sealed_piece_is_neither_dated_nor_replaced(self, incomplete, owner):
        piece = incomplete.documents.get(kind="quote")
        file = SimpleUploadedFile("neuf.pdf", SOUND["pdf"])
        with pytest.raises(Refused, match="pas à compléter"):
            pieces.keep_typed_date(piece, actor=owner, typed="x", covers=[], today=TODAY)
        with pytest.raises(Refused, match="pas à compléter"):
            pieces.replace_document(piece, actor=owner, file=file, now=NOW, today=TODAY)

    def test_the_named_piece_is_replaced_and_what_was_filed_is_kept(self, incomplete, owner):
        piece = incomplete.documents.get(kind="regularity_certificate")
        file = SimpleUploadedFile("neuf.pdf", SOUND["pdf"])
        pieces.replace_document(piece, actor=owner, file=file, now=NOW, today=TODAY)
        piece.refresh_from_db()
        assert piece.replaced_at == NOW
        assert piece.document is not None
