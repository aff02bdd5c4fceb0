"""Every address of the portal is shut to the roles that owe a second factor, but for those that set it up and help."""

import logging

from django.test import Client, TestCase
from django.urls import reverse

from portal.accounts.access import API_PREFIX
from portal.accounts.second_factor import FIRST_SET_UP, SETTING_UP
from tests.access import world as worlds
from tests.access.matrix import ADMINISTRATOR, EXPERTS, LINES, OURS, READERS, Line
from tests.factors import give_factor, sign_in_bare

OWING = EXPERTS | READERS | ADMINISTRATOR
OPEN = SETTING_UP | {
    "legal_notice",
    "privacy",
    "accessibility",
    "service_status",
    "guide_index",
    "guide_questions",
    "guide_glossary",
    # No cookie is read there: nobody is anybody.
    "health_alive",
    "health_ready",
    "metrics",
}


class Shut(TestCase):
    """The world of the access matrix, whose people have no second factor until one is given."""

    world: worlds.World

    @classmethod
    def setUpTestData(cls) -> None:
        cls.world = worlds.build()

    def setUp(self) -> None:
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.setup = reverse("second_factor_setup")

    def _browser_of(self, role: str) -> Client:
        person, browser = self.world.users[role], Client(raise_request_exception=False)
        assert person is not None
        sign_in_bare(browser, person)
        return browser

    def _fault(self, browser: Client, line: Line, method: str) -> str:
        """Say what is wrong with the answer to one address, "" when it is as it must be."""
        address = reverse(line.name, kwargs=line.kwargs(self.world))
        answer = browser.generic(method, address)
        place = answer.headers.get("Location", "")
        led = answer.status_code == 302 and place.partition("?")[0] == self.setup
        if line.name in OPEN:
            right = not led
        elif address.startswith(API_PREFIX):
            right = answer.status_code == 403 and answer.json() == {"detail": FIRST_SET_UP}
        else:
            right = led
        return "" if right else f"{method} {line.name}: {answer.status_code} {place}"

    def test_without_a_factor_nothing_opens_but_what_sets_one_up(self) -> None:
        lines = [line for line in LINES if line.name not in SETTING_UP]
        roles = sorted(OWING)
        for rank, role in enumerate(roles):
            # Each address is asked by one of the roles: what shuts them knows no address but the open ones.
            asked = lines[rank :: len(roles)]
            browser = self._browser_of(role)
            faults = [self._fault(browser, line, method) for line in asked for method in ("GET", "POST")]
            assert not any(faults), f"{role}: " + "\n".join(filter(None, faults))
            for name in sorted(SETTING_UP - {"account_logout"}):
                answer = browser.get(reverse(name))
                assert answer.status_code == 200 or reverse("account_reauthenticate") in answer["Location"], (
                    name
                )

    def test_with_a_factor_the_portal_opens(self) -> None:
        for role in sorted(OWING):
            person = self.world.users[role]
            assert person is not None
            give_factor(person)
            answer = self._browser_of(role).get(reverse("home_of_user"))
            assert answer["Location"] not in {self.setup, reverse("onboarding")}, role

    def test_companies_need_none(self) -> None:
        for role in sorted(OURS):
            answer = self._browser_of(role).get(reverse("company_home"))
            assert answer.status_code == 200, role
