"""Every address of the portal, asked by every role: who enters, what leaks, what a reading writes."""

import logging

from django.test import Client, TestCase, override_settings
from django.urls import reverse

from experts.models import Accreditation
from tests.access import world as worlds
from tests.access.matrix import EXPERTS, LINES, SIGNED_IN, addresses
from tests.access.walker import Walker


class Matrix(TestCase):
    """The walk of each role; the world is built once."""

    world: worlds.World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()

    def setUp(self) -> None:
        # Refusals are what is expected here: thousands of them would be written out.
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)

    def walk(self, role: str, *, htmx: bool = False) -> None:
        faults = Walker(self.world, role).walk(LINES, htmx=htmx)
        assert not faults, "\n".join(faults)

    def test_every_address_has_its_line_and_every_line_its_address(self) -> None:
        answered = {(name, known) for name, known, _ in addresses()}
        lines = [(line.name, frozenset(line.kwargs(self.world))) for line in LINES]
        assert not answered - set(lines), "addresses without a line"
        assert not set(lines) - answered, "lines without an address"
        assert len(lines) == len(set(lines)), "an address with two lines"

    def test_anonymous(self) -> None:
        self.walk("anonymous")

    def test_owner(self) -> None:
        self.walk("owner")

    def test_member(self) -> None:
        self.walk("member")

    def test_other_company(self) -> None:
        self.walk("other_company")

    def test_chosen_expert(self) -> None:
        self.walk("chosen_expert")

    def test_other_expert(self) -> None:
        self.walk("other_expert")

    def test_officer(self) -> None:
        self.walk("officer")

    def test_other_officer(self) -> None:
        self.walk("other_officer")

    def test_manager(self) -> None:
        self.walk("manager")

    def test_controller(self) -> None:
        self.walk("controller")

    def test_auditor(self) -> None:
        self.walk("auditor")

    def test_administrator(self) -> None:
        self.walk("administrator")

    def test_deactivated(self) -> None:
        self.walk("deactivated")

    @override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_HSTS_INCLUDE_SUBDOMAINS=True)
    def test_every_answer_asks_to_be_spoken_to_in_secret(self) -> None:
        visitor = Client(raise_request_exception=False)
        for line in LINES:
            answer = visitor.get(reverse(line.name, kwargs=line.kwargs(self.world)), secure=True)
            told = answer.headers.get("Strict-Transport-Security")
            assert told == "max-age=31536000; includeSubDomains", line.name

    def test_a_suspended_expert_keeps_its_own_missions_and_enters_nothing_else(self) -> None:
        firms = [self.world.firm, self.world.other_firm]
        granted = Accreditation.objects.filter(firm__in=firms)
        assert granted.update(status=Accreditation.Status.SUSPENDED)
        lines = tuple(
            line for line in LINES if (line.enter | line.foreign) & EXPERTS and not line.enter >= SIGNED_IN
        )
        assert len(lines) > 20
        for role in sorted(EXPERTS):
            faults = Walker(self.world, role).walk(lines)
            assert not faults, "\n".join(faults)

    def test_fragments_have_the_same_doors(self) -> None:
        for role in ("anonymous", "other_company", "other_expert", "administrator"):
            self.walk(role, htmx=True)
