"""The newcomer's journey on every screen: simulate, sign up, file, mend, sign and follow."""

import pytest
from playwright.sync_api import Browser

from tests.browser import newcomer
from tests.browser.fingers import Keyboard, Pointer
from tests.browser.portal import Portal
from tests.browser.watch import PHONE, WIDE, Watch

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("rank", "album", "width", "javascript", "fingers"),
    [
        (1, "desktop", WIDE, True, Pointer),
        (2, "phone", PHONE, True, Pointer),
        (3, "desktop-plain", WIDE, False, Pointer),
        (4, "phone-plain", PHONE, False, Pointer),
        (5, "keyboard", WIDE, True, Keyboard),
    ],
    ids=["desktop", "phone", "desktop_plain", "phone_plain", "keyboard"],
)
def test_from_a_simulation_to_a_signed_contract(
    portal: Portal,
    chromium: Browser,
    watch: Watch,
    *,
    rank: int,
    album: str,
    width: int,
    javascript: bool,
    fingers: type[Pointer],
) -> None:
    page = watch.page(chromium, width=width, javascript=javascript)
    hands = fingers(portal, page, watch)
    hands.scripts = javascript
    desk = Pointer(portal, watch.page(chromium), watch)
    person = newcomer.Newcomer(hands, rank, name="Jeanne Nouvelle", album=album)

    person.simulate()
    person.sign_up()
    person.register()
    person.fill_in()
    person.submit()
    newcomer.ask_for_completion(desk, person)
    person.mend()
    newcomer.decide(desk, person)
    person.name_signatory()
    person.sign()
    person.follow()

    for each in (page, desk.page):
        each.context.close()
    watch.is_calm()
