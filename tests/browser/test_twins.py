"""The twins of what looks at pages: a sound page is left alone, and each fault put into it is told."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.test_keyboard import tab_to
from tests.browser.watch import Watch

pytestmark = pytest.mark.browser

SOUND = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Essai</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ color: #111; background: #fff }} a {{ display: block; padding: 1rem; color: #003a8c }}</style></head>
<body><main><h1>Essai</h1><p>Une page saine.</p><a id="suite" href="#fin">Continuer</a>{more}<p id="fin">Fin.</p></main>
</body></html>"""
FAULTS = {
    "a button without a name": ("<button></button>", "axe button-name"),
    "a picture without words": ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">', "axe image-alt"),
    "a field without a label": ('<input type="text">', "axe label"),
    "grey on grey": ('<p style="color: #aaa; background: #bbb">Pâle</p>', "axe color-contrast"),
    "wider than a telephone": ('<div style="width: 3000px; height: 9px"></div>', "wider than the phone"),
    "an error in the console": ("<script>console.error('rien ne va')</script>", "console: rien ne va"),
}


def shown(watch: Watch, chromium: Browser, more: str = "") -> Page:
    """Show the page with something more in it."""
    page = watch.page(chromium)
    page.set_content(SOUND.format(more=more))
    return page


def test_a_sound_page_is_left_alone(chromium: Browser, watch: Watch) -> None:
    page = shown(watch, chromium)
    watch.see(page, "sound")
    tab_to(page, "suite")
    page.context.close()
    watch.is_calm()


@pytest.mark.twin
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told(chromium: Browser, watch: Watch, fault: str) -> None:
    more, told = FAULTS[fault]
    page = shown(watch, chromium, more)
    watch.see(page, "broken")
    page.context.close()
    assert any(told in complaint for complaint in watch.complaints), watch.complaints
    with pytest.raises(AssertionError):
        watch.is_calm()


@pytest.mark.twin
def test_what_tab_does_not_reach_is_told(chromium: Browser, watch: Watch) -> None:
    page = shown(watch, chromium)
    page.locator("#suite").evaluate("link => link.setAttribute('tabindex', '-1')")
    with pytest.raises(AssertionError):
        tab_to(page, "suite", most=5)
    page.context.close()
