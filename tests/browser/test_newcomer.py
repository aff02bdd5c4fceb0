"""The newcomer's journey on every screen: simulate, sign up, file; with scripts also mend, sign and follow."""

import pytest
from playwright.sync_api import Browser

from tests.browser import newcomer
from tests.browser.fingers import Pointer
from tests.browser.portal import Portal
from tests.browser.watch import PHONE, WIDE, Watch

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("rank", "album", "width", "javascript"),
    [
        (1, "desktop", WIDE, True),
        (2, "phone", PHONE, True),
        (3, "desktop-plain", WIDE, False),
        (4, "phone-plain", PHONE, False),
    ],
    ids=["desktop", "phone", "desktop_plain", "phone_plain"],
)
def test_from_a_simulation_to_a_request(
    portal: Portal,
    chromium: Browser,
    watch: Watch,
    *,
    rank: int,
    album: str,
    width: int,
    javascript: bool,
) -> None:
    page = watch.page(chromium, width=width, javascript=javascript)
    hands = Pointer(portal, page, watch)
    hands.scripts = javascript
    desk = Pointer(portal, watch.page(chromium), watch)
    person = newcomer.Newcomer(hands, rank, name="Jeanne Nouvelle", album=album)

    person.simulate()
    person.sign_up()
    person.register()
    person.fill_in()
    person.submit()
    if javascript:
        _mended_and_signed(desk, person)

    for each in (page, desk.page):
        each.context.close()
    watch.is_calm()


def _mended_and_signed(desk: Pointer, person: newcomer.Newcomer) -> None:
    newcomer.ask_for_completion(desk, person)
    person.mend()
    newcomer.decide(desk, person)
    person.name_signatory()
    person.sign()
    person.follow()
