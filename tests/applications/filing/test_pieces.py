"""The pieces: read at once, confirmed by the person, sorted by name, and kept within limits."""

import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from applications.models import Derogation, Dossier
from applications.services import filing_pieces as pieces
from applications.services.evaluation import case_of
from applications.views.filing_cards import SIGNED
from applications.workflow.refusals import Refused, WrongState
from portal import clock
from portal.documents.models import Document
from tariffs import catalogue
from tests.applications.factories import DocumentFactory, DossierDocumentFactory
from tests.applications.filing.conftest import form_data
from tests.portal.documents.makers import SOUND, picture, written

pytestmark = pytest.mark.django_db

TODAY = clock.today()
NOW = clock.now()
DAYS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
        "décembre")  # fmt: skip


def in_words(day):
    return f"{day.day} {DAYS[day.month - 1]} {day.year}"


def certificate(on, name="attestation.pdf"):
    return SimpleUploadedFile(name, written("Attestation", f"Fait à Lyon, le {in_words(on)}"))


def url(name, dossier, piece=None):
    return reverse(name, args=[dossier.pk, *([piece.pk] if piece else [])])


def page(client, dossier, slug="pieces"):
    return client.get(reverse("filing_step", args=[dossier.pk, slug])).content.decode()


def add(client, dossier, files, kind="", **headers):
    return client.post(url("filing_piece_add", dossier), {"kind": kind, "files": files}, headers=headers)


def by_script(client, dossier, file, kind=""):
    response = add(client, dossier, [file], kind, Accept="application/json")
    return response, json.loads(response.content)["files"][0]


@pytest.fixture
def no_certificate(dossier):
    dossier.documents.filter(kind="regularity_certificate").delete()
    return dossier


class TestDates:
    def test_the_date_read_is_offered_never_taken(self, no_certificate, signed_in):
        on = TODAY - timedelta(days=18)
        add(signed_in, no_certificate, [certificate(on)])
        piece = no_certificate.documents.get(kind="regularity_certificate")
        assert (piece.issued_on, piece.proposed_on) == (None, on)
        shown = page(signed_in, no_certificate)
        assert "Lu dans le document" in shown
        assert f'value="{on.isoformat()}"' in shown
        assert "Confirmer cette date" in shown
        assert (
            catalogue.evaluate_json(case_of(no_certificate, on=TODAY), today=None)["verdict"] == "incomplete"
        )

    def test_once_confirmed_it_counts_and_its_clock_runs(self, no_certificate, signed_in):
        on = TODAY - timedelta(days=18)
        add(signed_in, no_certificate, [certificate(on)])
        piece = no_certificate.documents.get(kind="regularity_certificate")
        data = {"issued_on": on.isoformat(), "covers": ["tax", "social"]}
        signed_in.post(url("filing_piece_date", no_certificate, piece), data)
        shown = page(signed_in, no_certificate)
        assert "Lu dans le document" not in shown
        assert "Valable jusqu’au" in shown

    def test_an_expired_certificate_is_said_at_once(self, no_certificate, signed_in):
        _, told = by_script(signed_in, no_certificate, certificate(TODAY - timedelta(days=120)))
        assert "Expirée depuis le" in " ".join(note["text"] for note in told["notes"])

    def test_another_date_than_the_document_s_is_pointed_out(self, dossier, signed_in):
        piece = dossier.documents.get(kind="regularity_certificate")
        Document.objects.filter(pk=piece.document_id).update(
            date_read=TODAY - timedelta(days=60), date_page=2, date_words="Fait le"
        )
        assert "Le document semble daté du" in page(signed_in, dossier)

    def test_a_date_typed_badly_is_kept_and_shown_with_its_sentence(self, dossier, signed_in):
        piece = dossier.documents.get(kind="regularity_certificate")
        before = piece.issued_on
        data = {"issued_on": "31/02/2026", "covers": ["tax"]}
        signed_in.post(url("filing_piece_date", dossier, piece), data)
        piece.refresh_from_db()
        assert (piece.issued_on, piece.issued_typed) == (before, "31/02/2026")
        for _ in range(2):
            shown = page(signed_in, dossier)
            assert 'value="31/02/2026"' in shown
            assert "Cette date n’existe pas" in shown
        signed_in.post(url("filing_piece_date", dossier, piece), data | {"issued_on": "01/02/2026"})
        piece.refresh_from_db()
        assert (piece.issued_on, piece.issued_typed) == (date(2026, 2, 1), "")

    @pytest.mark.parametrize("typed", ["x" * 500, "\x00", "٣١/٠٢/٢٠٢٦", "<script>"])
    def test_whatever_is_typed_does_no_harm(self, dossier, signed_in, typed):
        piece = dossier.documents.get(kind="regularity_certificate")
        assert (
            signed_in.post(url("filing_piece_date", dossier, piece), {"issued_on": typed}).status_code == 302
        )
        shown = page(signed_in, dossier)
        assert '<script>"' not in shown
        piece.refresh_from_db()
        assert len(piece.issued_typed) <= 40


class TestFreshness:
    def clock_of(self, on, today):
        edition = catalogue.get_edition("2024")
        return pieces.freshness("regularity_certificate", on, edition=edition, today=today)

    def test_the_last_day_is_the_last_on_which_the_engine_passes(self, dossier):
        piece = dossier.documents.get(kind="regularity_certificate")
        last = self.clock_of(piece.issued_on, TODAY).last_day
        for on, status in ((last, "pass"), (last + timedelta(days=1), "missing")):
            case = case_of(dossier, on=on)
            findings = catalogue.evaluate_json(case, today=None)["findings"]
            found = next(f for f in findings if f["rule"] == "documents.regularity_certificate")
            assert found["status"] == status, on

    @pytest.mark.parametrize(
        ("on", "last"),
        [
            (date(2026, 3, 14), date(2026, 6, 13)),
            (date(2026, 11, 30), date(2027, 2, 27)),
            (date(2027, 11, 30), date(2028, 2, 28)),
        ],
    )
    def test_three_months_end_the_day_before(self, on, last):
        fresh = self.clock_of(on, last)
        assert (fresh.last_day, fresh.days_left, fresh.is_stale) == (last, 0, False)
        assert self.clock_of(on, last + timedelta(days=1)).is_stale

    def test_what_has_no_age_has_no_clock(self):
        edition = catalogue.get_edition("2024")
        assert pieces.freshness("quote", TODAY, edition=edition, today=TODAY) is None
        old = catalogue.get_edition("2023")
        assert pieces.freshness("regularity_certificate", TODAY, edition=old, today=TODAY) is None


class TestSignature:
    @pytest.fixture
    def signed(self, dossier, signed_in):
        dossier.documents.filter(kind="quote").delete()
        dossier.quotes.update(document=None, signed=None)
        quote = SimpleUploadedFile("devis.pdf", written("Devis n° 12 du 2 novembre 2026", signed=True))
        return by_script(signed_in, dossier, quote, "quote")[1]

    def test_a_signed_quote_is_said_at_once(self, signed):
        assert SIGNED in [note["text"] for note in signed["notes"]]

    def test_it_is_proposed_as_signed_in_the_form_and_not_stored(self, signed, dossier, signed_in):
        response = signed_in.get(reverse("filing_step", args=[dossier.pk, "devis"]))
        assert response.context["form"]["signed"].value() == "oui"
        assert "porte une signature électronique" in response.content.decode()
        assert dossier.quotes.get().signed is None

    def test_an_answer_given_is_not_changed(self, signed, dossier, signed_in):
        dossier.quotes.update(signed=False)
        response = signed_in.get(reverse("filing_step", args=[dossier.pk, "devis"]))
        assert response.context["form"]["signed"].value() == "non"

    def test_the_date_of_the_quote_is_taken_by_a_button_without_javascript(self, signed, dossier, signed_in):
        dossier.quotes.update(issued_on=None)
        response = signed_in.get(reverse("filing_step", args=[dossier.pk, "devis"]))
        assert "Reprendre cette date" in response.content.decode()
        data = form_data(response) | {"signed": "non"}
        signed_in.post(reverse("filing_step", args=[dossier.pk, "devis"]), data | {"take_date": "2026-11-02"})
        assert dossier.quotes.get().issued_on == date(2026, 11, 2)


class TestSorting:
    NAMES = [
        ("Devis n°12 - Cyberius.pdf", "quote"),
        ("proposition commerciale.pdf", "quote"),
        ("Attestation_URSSAF_2026.pdf", "regularity_certificate"),
        ("attestation-de-régularité-fiscale.pdf", "regularity_certificate"),
        ("LIASSE FISCALE.pdf", "tax_return"),
        ("cerfa 2065.pdf", "tax_return"),
        ("IMG_1234.jpg", "other"),
        ("contre-indications.pdf", "other"),
    ]

    @pytest.mark.parametrize(("name", "kind"), NAMES)
    def test_a_name_tells_the_kind(self, name, kind):
        assert pieces.guessed_kind(name, offered=list(pieces.ALLOWED)) == kind

    def test_a_kind_that_is_not_offered_is_not_guessed(self):
        assert pieces.guessed_kind("devis.pdf", offered=["other"]) == "other"

    def test_several_at_once_are_each_sorted_and_a_refused_one_loses_no_other(
        self, no_certificate, signed_in
    ):
        files = [
            SimpleUploadedFile("attestation.pdf", SOUND["pdf"]),
            SimpleUploadedFile("liasse.pdf", b"MZ"),
            SimpleUploadedFile("photo bilan.jpg", picture("JPEG")),
        ]
        response = add(signed_in, no_certificate, files)
        assert response.status_code == 422
        assert "«\u00a0liasse.pdf\u00a0» n’a pas été joint" in response.content.decode()
        kinds = no_certificate.documents.exclude(kind="quote").values_list("kind", flat=True)
        assert sorted(kinds) == ["regularity_certificate", "tax_return"]

    def test_a_script_gets_an_answer_for_each(self, dossier, signed_in):
        response, told = by_script(signed_in, dossier, SimpleUploadedFile("a.exe", b"MZ"))
        assert (response.status_code, told["joined"], told["name"]) == (422, False, "a.exe")
        response, told = by_script(signed_in, dossier, SimpleUploadedFile("../liasse.pdf", SOUND["pdf"]))
        assert (response.status_code, told["joined"], told["name"]) == (200, True, "liasse.pdf")
        assert "Liasse fiscale" in told["notes"][0]["text"]

    def test_a_script_that_sends_nothing_is_told(self, dossier, signed_in):
        response = signed_in.post(
            url("filing_piece_add", dossier), {}, headers={"Accept": "application/json"}
        )
        assert response.status_code == 422
        assert "Choisissez au moins un fichier" in response.json()["files"][0]["notes"][0]["text"]

    def test_a_file_is_put_under_another_piece(self, no_certificate, owner, signed_in):
        dossier = no_certificate
        piece = dossier.documents.get(kind="quote")
        signed_in.post(url("filing_piece_kind", dossier, piece), {"kind": "regularity_certificate"})
        piece.refresh_from_db()
        assert (piece.kind, piece.document.kind) == ("regularity_certificate",) * 2
        assert dossier.quotes.get().document is None
        signed_in.post(url("filing_piece_kind", dossier, piece), {"kind": "quote"})
        assert dossier.quotes.get().document == piece.document

    def test_a_kind_that_does_not_take_its_type_is_refused(self, dossier, owner):
        stored = DocumentFactory(organisation=dossier.company.organisation, extension="docx")
        piece = DossierDocumentFactory(dossier=dossier, kind="other", document=stored)
        with pytest.raises(Refused, match="seuls ces types"):
            pieces.reclassify(piece, actor=owner, kind="quote", today=TODAY)
        with pytest.raises(Refused, match="n’existe pas"):
            pieces.reclassify(piece, actor=owner, kind="final_report", today=TODAY)

    def test_evidence_of_a_derogation_is_asked_only_with_a_derogation(self, dossier, signed_in):
        assert "Justificatif de dérogation" not in page(signed_in, dossier)
        Derogation.objects.create(dossier=dossier, firm=dossier.firm, reason="Seul.", requested_at=NOW)
        assert "Justificatif de dérogation" in page(signed_in, dossier)


class TestLimits:
    def test_a_filed_request_takes_no_piece(self, dossier, owner):
        Dossier.objects.filter(pk=dossier.pk).update(
            state="submitted", number="DM-1", submitted_at=NOW, judged_on=TODAY, edition="2024"
        )
        count = Document.objects.count()
        piece = dossier.documents.get(kind="quote")
        with pytest.raises(WrongState):
            pieces.reclassify(piece, actor=owner, kind="other", today=TODAY)
        with pytest.raises(WrongState):
            pieces.keep_typed_date(piece, actor=owner, typed="x", covers=[], today=TODAY)
        with pytest.raises(WrongState):
            pieces.add_document(
                dossier,
                actor=owner,
                kind="other",
                file=SimpleUploadedFile("a.pdf", SOUND["pdf"]),
                today=TODAY,
            )
        assert Document.objects.count() == count

    def test_what_remains_is_shown(self, dossier, signed_in):
        assert "2 fichiers sur 20" in page(signed_in, dossier)

    def test_an_excuse_is_for_a_person_to_judge_and_can_be_taken_back(self, no_certificate, signed_in):
        data = {"kind": "regularity_certificate", "absent_because": "L’Urssaf ne répond pas à nos demandes."}
        signed_in.post(url("filing_piece_absent", no_certificate), data)
        shown = page(signed_in, no_certificate)
        assert "Une personne de Bpifrance lira cette explication" in shown
        assert "À examiner" in shown
        piece = no_certificate.documents.get(kind="regularity_certificate")
        signed_in.post(url("filing_piece_remove", no_certificate, piece))
        assert "Pièce non fournie" not in page(signed_in, no_certificate)


class TestQueries:
    @pytest.mark.parametrize(("slug", "most"), [("pieces", 18), ("devis", 18)])
    def test_their_number_is_known_and_does_not_grow_with_files(
        self, dossier, signed_in, slug, most, django_assert_max_num_queries
    ):
        counts = set()
        for _ in range(2):
            with django_assert_max_num_queries(most) as queries:
                page(signed_in, dossier, slug)
            counts.add(len(queries))
            for _ in range(10):
                DossierDocumentFactory(dossier=dossier, kind="other")
        assert len(counts) == 1
