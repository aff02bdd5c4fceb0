"""Rights across tenants: foreign children, foreign ids in bodies, files, and rights withdrawn."""

from __future__ import annotations

import logging
from typing import Any
from unittest import mock

from django.conf import settings
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from applications.models import Company, Dossier, DossierDocument, Invoice, Mission, Signatory
from applications.views import filing, filing_page
from portal import clock
from portal.accounts.models import Membership, StaffRole, User
from portal.audit.models import Event
from portal.audit.services import verify
from portal.documents.models import Document, DocumentState
from portal.notifications import outbox
from portal.notifications.models import Notification, Outbox
from tests.access import world as worlds
from tests.access.canaries import FORBIDDEN, leaks
from tests.access.matrix import LINES, OURS, READERS, SIGNED_OUT
from tests.access.walker import text_of, undone
from tests.applications import factories as f
from tests.applications.journeys import MAIN_ROAD, Journey
from tests.portal.documents import makers

Kind = DossierDocument.Kind
OUTSIDERS = ("other_company", "other_expert", "administrator")

# The public simulation API reads a body, writes nothing and knows nobody; mail programs stop the daily e-mail
# without any cookie, by a signed link that does nothing else.
TOKENLESS = frozenset({"api_simulations", "api_changes", "api_openings", "digest_unsubscribe"})


class Rights(TestCase):
    """Attacks from inside, on one world."""

    world: worlds.World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()

    def setUp(self) -> None:
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)

    def as_(self, role: str, **options: Any) -> Client:
        client = Client(raise_request_exception=False, **options)
        person = self.world.users[role]
        if person is not None:
            client.force_login(person)
        return client

    def user(self, role: str) -> User:
        person = self.world.users[role]
        assert person is not None
        return person

    # --- Children by a foreign parent
    def test_a_child_is_not_reached_by_another_parent(self) -> None:
        world = self.world
        theirs, mine = world.others["draft"], world.draft
        wrong = [
            ("filing_piece_remove", {"pk": theirs.pk, "piece_pk": world.piece.pk}),
            ("filing_piece_replace", {"pk": theirs.pk, "piece_pk": world.piece.pk}),
            ("filing_piece_date", {"pk": theirs.pk, "piece_pk": world.piece.pk}),
            ("device_edit", {"pk": world.other.pk, "device_pk": world.device.pk}),
            ("signatory_end", {"pk": world.other.pk, "signatory_pk": world.signatory().pk}),
            ("minutes_approve", {"pk": world.minutes.pk}),
        ]
        client = self.as_("other_company")
        for name, kwargs in wrong:
            assert client.post(reverse(name, kwargs=kwargs)).status_code == 404, name
        # The same within one tenant: a dossier never answers for the pieces of its neighbour.
        neighbour = world.dossiers["work_done"]
        crossed = {"pk": neighbour.pk, "piece_pk": world.piece.pk}
        assert self.as_("owner").post(reverse("filing_piece_remove", kwargs=crossed)).status_code == 404
        certificate = world.other_firm.passi_certificates.get()
        crossed = {"firm_id": world.firm.pk, "certificate_id": certificate.pk}
        assert self.as_("officer").get(reverse("certificate_edit", kwargs=crossed)).status_code == 404
        assert mine.documents.count() == 2

    # --- Foreign ids in bodies
    def test_a_draft_takes_no_device_of_another_company(self) -> None:
        theirs = self.world.others["draft"]
        client, device = self.as_("other_company"), self.world.device
        answer = client.post(
            reverse("filing_device", args=[theirs.pk]), {"device": device.pk, "revision": theirs.revision}
        )
        assert answer.status_code == 404
        theirs.refresh_from_db()
        assert theirs.device_id != device.pk

    def test_a_request_is_not_started_for_another_company_nor_with_its_device(self) -> None:
        client, world = self.as_("other_company"), self.world
        Dossier.objects.filter(company=world.other, volet=2).delete()
        before = Dossier.objects.count()
        for body in (
            {"company": world.company.pk, "volet": 5},
            {"company": world.other.pk, "volet": 5, "device": world.device.pk},
        ):
            answer = client.post(reverse("dossier_start"), body)
            assert answer.status_code == 422, body
            assert worlds.IDENTITY["device"] not in text_of(answer)
        assert Dossier.objects.count() == before

    def test_a_signatory_is_one_of_ones_own_members(self) -> None:
        world = self.world
        answer = self.as_("other_company").post(
            reverse("signatory_add", args=[world.other.pk]),
            {"person": self.user("owner").pk, "capacity": "Présidente", "kind": "legal_representative"},
        )
        assert answer.status_code == 422
        assert not Signatory.objects.filter(company=world.other, user=self.user("owner")).exists()

    def test_a_simple_member_does_not_name_himself_signatory(self) -> None:
        world, member = self.world, self.user("member")
        body = {"person": member.pk, "capacity": "Présidente", "kind": "legal_representative"}
        answer = self.as_("member").post(reverse("signatory_add", args=[world.company.pk]), body)
        assert answer.status_code == 403
        assert not Signatory.objects.filter(user=member).exists()

    def test_an_expert_closes_nothing_of_another_firm(self) -> None:
        world = self.world
        theirs = Mission.objects.get(dossier=world.others["work_done"])
        client, invoice = self.as_("other_expert"), world.invoice()
        assert client.get(reverse("invoice_edit", args=[invoice.pk])).status_code == 404
        assert client.post(reverse("invoice_remove", args=[invoice.pk])).status_code == 404
        answer = client.post(
            reverse("invoice_add", args=[theirs.pk, "entreprise"]),
            {"mission": world.mission("work_done").pk, "number": "F-1", "instead_of": invoice.pk},
        )
        assert answer.status_code == 200
        assert Invoice.objects.get(pk=invoice.pk).replaced_at is None
        assert not theirs.invoices.exists()

    def test_a_hold_of_another_mission_is_not_lifted(self) -> None:
        world = self.world
        held = world.mission("work_done")
        hold = held.holds.create(reason="other", motive="À vérifier.", set_at=clock.now())
        other = Mission.objects.get(dossier=world.others["work_done"])
        answer = self.as_("officer").post(
            reverse("desk_mission_act", args=[other.pk, "lift_hold"]),
            {"hold": hold.pk, "motive": "Un motif assez long.", "version": other.dossier.version},
        )
        assert answer.status_code in {200, 409, 422}
        hold.refresh_from_db()
        assert hold.lifted_at is None

    def test_nobody_else_acts_on_a_dossier(self) -> None:
        """Signed in as company B, and as the other expert, every act of company A's dossier is 404."""
        for state, dossier in self.world.dossiers.items():
            for name in ("company_dossier", "company_withdraw", "filing_tasks", "company_sign"):
                address = reverse(name, args=[dossier.pk])
                assert self.as_("other_company").get(address).status_code == 404, (state, name)
        for name in ("withdraw", "request_review", "confirm_restitution", "contest_restitution"):
            address = reverse("company_act", args=[self.world.dossiers["work_done"].pk, name])
            assert self.as_("other_company").post(address, {"version": 1}).status_code == 404

    # --- Rights withdrawn
    def test_a_membership_removed_is_felt_at_the_next_request(self) -> None:
        client, address = (
            self.as_("member"),
            reverse("company_dossier", args=[self.world.dossiers["paid"].pk]),
        )
        report = reverse("document_download", args=[self.world.report.pk])
        assert client.get(address).status_code == 200
        Membership.objects.filter(user=self.user("member")).update(is_active=False)
        assert client.get(address).status_code == 403
        assert client.get(report).status_code == 404

    def test_a_membership_removed_amid_a_request_is_refused(self) -> None:
        address = reverse("filing_step", args=[self.world.draft.pk, "entreprise"])
        client = self.as_("member")
        with mock.patch("applications.views.filing.read_page", wraps=filing.read_page) as read:
            leave = Membership.objects.filter(user=self.user("member"))
            read.side_effect = lambda *args: (filing_page.read_page(*args), leave.update(is_active=False))[0]
            answer = client.post(address, {"revision": self.world.draft.revision})
            assert answer.status_code in {403, 404}

    def test_a_role_removed_or_changed_is_felt_at_the_next_request(self) -> None:
        client = self.as_("officer")
        address = reverse("officer_dossier", args=[self.world.dossiers["paid"].pk])
        act = reverse("officer_note", args=[self.world.dossiers["paid"].pk])
        assert client.get(address).status_code == 200
        User.objects.filter(pk=self.user("officer").pk).update(staff_role=StaffRole.AUDITOR)
        assert client.get(address).status_code == 200
        assert client.post(act, {"body": "Une note."}).status_code == 403
        User.objects.filter(pk=self.user("officer").pk).update(staff_role="")
        assert client.get(address).status_code == 403

    def test_a_person_deactivated_is_out_at_the_next_request(self) -> None:
        for role in ("owner", "chosen_expert", "officer", "administrator"):
            client = self.as_(role)
            assert client.get(reverse("onboarding")).status_code == 200
            User.objects.filter(pk=self.user(role).pk).update(is_active=False)
            answer = client.get(reverse("onboarding"))
            assert answer.status_code == 302, role
            assert answer.headers["Location"].startswith("/compte/login/")

    # --- Files
    def test_each_kind_of_file_has_its_readers(self) -> None:
        company, expert = OURS, frozenset({"chosen_expert"})
        readers = {
            ("draft", Kind.QUOTE): company,
            ("draft", Kind.REGULARITY): company,
            ("paid", Kind.QUOTE): company | expert | READERS,
            ("paid", Kind.REGULARITY): company | READERS,
            ("paid", Kind.FINAL_REPORT): company | expert | READERS,
            ("work_done", Kind.FINAL_REPORT): company | expert | READERS,
            ("paid", Kind.SIGNED_QUOTE): company | expert | READERS,
            ("paid", Kind.COMPANY_INVOICE): company | expert | READERS,
            ("paid", Kind.BPIFRANCE_INVOICE): expert | READERS,
        }
        for (state, kind), allowed in readers.items():
            address = reverse("document_download", args=[self.world.document(state, kind).pk])
            for role in worlds.ROLES:
                with undone():
                    status = self.as_(role).get(address).status_code
                wanted = 302 if role in SIGNED_OUT else 200 if role in allowed else 404
                assert status == wanted, (state, kind, role, status)

    def test_other_kinds_of_file_are_refused_to_the_expert(self) -> None:
        piece = self.world.dossiers["paid"].documents.get(kind=Kind.REGULARITY)
        address = reverse("document_download", args=[piece.document_id])
        for kind in (Kind.TAX_RETURN, Kind.OTHER, Kind.DEROGATION, Kind.REGULARITY):
            DossierDocument.objects.filter(pk=piece.pk).update(kind=kind)
            assert self.as_("chosen_expert").get(address).status_code == 404, kind

    def test_each_reading_of_a_volet_5_report_is_in_the_journal(self) -> None:
        chain = self.world.dossiers["paid"].chain
        address = reverse("document_download", args=[self.world.report.pk])
        for role in ("owner", "chosen_expert", "auditor"):
            answer = self.as_(role).get(address)
            assert b"".join(answer.streaming_content) == worlds.REPORT
            event = Event.objects.filter(chain=chain).latest("sequence")
            assert (event.name, event.actor_ref) == ("document_read", self.user(role).pk)
            assert event.data == {"document": str(self.world.report.pk), "kind": "final_report"}
        known = Event.objects.count()
        assert self.as_("other_expert").get(address).status_code == 404
        assert self.as_("owner").head(address).status_code == 200
        ordinary = self.world.document("work_done", Kind.FINAL_REPORT)
        assert self.as_("owner").get(reverse("document_download", args=[ordinary.pk])).status_code == 200
        assert Event.objects.count() == known
        assert not verify(chain)

    def test_a_file_refused_or_not_yet_scanned_is_read_by_nobody(self) -> None:
        report = self.world.report
        address = reverse("document_download", args=[report.pk])
        for state in (DocumentState.PENDING, DocumentState.REFUSED):
            Document.objects.filter(pk=report.pk).update(state=state)
            for role in ("owner", "chosen_expert", "officer", "auditor"):
                answer = self.as_(role).get(address)
                assert answer.status_code == 409
                assert not answer.streaming
            assert self.as_("other_company").get(address).status_code == 404

    @override_settings(CLAMD_ADDRESS="localhost:1")
    def test_a_file_joined_waits_for_the_antivirus(self) -> None:
        client, draft = self.as_("owner"), self.world.draft
        paper = SimpleUploadedFile("libre.pdf", makers.pdf(), content_type="application/pdf")
        answer = client.post(reverse("filing_piece_add", args=[draft.pk]), {"kind": "other", "files": paper})
        assert answer.status_code == 302, text_of(answer)
        joined = draft.documents.get(kind=Kind.OTHER)
        address = reverse("document_download", args=[joined.document_id])
        assert client.get(address).status_code == 409

    # --- Words in every state, in the inbox and in e-mails
    def test_nobody_reads_anothers_words_in_any_state(self) -> None:
        world = self.world
        company: Company = f.CompanyFactory(
            name=worlds.IDENTITY["company"],
            facts=f.company_facts(clock.today(), **worlds.FINANCIALS, shareholders=worlds.shareholders()),
        )
        made = Journey(company=company, device__name=worlds.IDENTITY["device"], firm=world.firm)
        strangers = [self.as_(role) for role in OUTSIDERS]
        for state in MAIN_ROAD:
            made.to(state)
            for name, key in _pages_of(made.dossier):
                for role, client in zip(OUTSIDERS, strangers, strict=True):
                    answer = client.get(reverse(name, args=[key]))
                    assert answer.status_code in {403, 404}, (state, name, role)
                    assert not leaks(role, name, text_of(answer)), (state, name, role)
            mission = made.dossier.missions.first()
            if mission is not None:
                page = self.as_("chosen_expert").get(reverse("mission_detail", args=[mission.pk]))
                assert page.status_code == 200
                assert not leaks("chosen_expert", "mission_detail", text_of(page)), state

    def test_lists_hold_ones_own_things_only(self) -> None:
        mine, theirs = self.world.dossiers["paid"], self.world.others["under_review"]
        assert mine.number
        assert theirs.number
        for role, name, seen, hidden in (
            ("owner", "company_home", mine, theirs),
            ("other_company", "company_home", theirs, mine),
            ("chosen_expert", "expert_home", mine, theirs),
            ("other_expert", "expert_home", theirs, mine),
        ):
            page = text_of(self.as_(role).get(reverse(name)))
            assert f"/{seen.pk}/" in page or str(seen.number) in page, (role, name)
            assert str(hidden.number) not in page, (role, name)

    def test_e_mails_and_notices_hold_no_word_for_another(self) -> None:
        people = {person.email: role for role, person in self.world.users.items() if person is not None}
        with override_settings(
            OUTBOX_HANDLERS={**settings.OUTBOX_HANDLERS, "render_letter": f"{__name__}.drawn_elsewhere"}
        ):
            outbox.drain(clock.now())
        assert mail.outbox
        for message in mail.outbox:
            told = f"{message.subject} {message.body} {getattr(message, 'alternatives', '')}"
            for address in message.to:
                role = people.get(address, "owner")
                assert not leaks(role, "email", told), (role, message.subject)
                assert worlds.NOTE not in told
        for line in Notification.objects.select_related("recipient"):
            role = people.get(line.recipient.email, "officer")
            assert not leaks(role, "inbox", f"{line.title} {line.body}"), (role, line.title)
        assert not Outbox.objects.filter(kind="email", payload__icontains=worlds.NOTE).exists()

    # --- Forgery
    def test_no_form_is_taken_without_its_token(self) -> None:
        role_of = {
            line.name: next(iter(sorted(line.enter - SIGNED_OUT))) for line in LINES if "POST" in line.methods
        }
        clients = {role: self.as_(role, enforce_csrf_checks=True) for role in set(role_of.values())}
        for line in LINES:
            if "POST" not in line.methods or line.name in TOKENLESS:
                continue
            address = reverse(line.name, kwargs=line.kwargs(self.world))
            assert clients[role_of[line.name]].post(address).status_code == 403, line.name

    def test_the_planted_words_are_really_there(self) -> None:
        """The walk proves something only if those who may read the words do find them."""
        page = text_of(
            self.as_("owner").get(reverse("company_dossier", args=[self.world.dossiers["paid"].pk]))
        )
        for word in (worlds.IDENTITY["company"], worlds.COMPANY_MESSAGE, worlds.FILE_NAMES[Kind.REGULARITY]):
            assert word in page, word
        dossier = self.world.dossiers["paid"]
        desk = text_of(self.as_("officer").get(reverse("officer_dossier", args=[dossier.pk])))
        told = desk.replace("\u202f", "").replace("\xa0", "")
        for word in (worlds.SHAREHOLDER, worlds.NOTE, worlds.EXPERT_MESSAGE, worlds.IDENTITY["device"]):
            assert word in told, word
        assert "7654321,11" in told
        for role, one, word in (
            ("chosen_expert", self.world.minutes, worlds.MINUTES),
            ("owner", self.world.minutes, worlds.MINUTES),
            ("owner", self.world.draft_minutes, worlds.DRAFT_MINUTES),
        ):
            assert word in text_of(self.as_(role).get(reverse("minutes_page", args=[one.pk]))), (role, word)
        assert set(FORBIDDEN) <= set(worlds.ROLES)


def _pages_of(dossier: Dossier) -> list[tuple[str, int]]:
    pages = [
        (name, dossier.pk) for name in ("company_dossier", "filing_tasks", "company_sign", "officer_dossier")
    ]
    mission = dossier.missions.first()
    if mission is not None:
        pages += [(name, mission.pk) for name in ("mission_detail", "mission_closure", "payment_detail")]
    return pages


def drawn_elsewhere(payload: dict[str, Any], *, outbox_id: int) -> None:
    """Stand for the drawing of a letter, which has its own tests and takes a second each."""
