"""Looks at every page a person passes: axe, overflow, console, server errors, and a picture when asked."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")
RUN_AXE = """only => axe.run(document, {
    runOnly: only,
    resultTypes: ["violations"],
}).then(result => result.violations.map(v => [v.id, v.nodes[0].html.slice(0, 300), v.nodes[0].failureSummary]))"""
WIDEST = """() => [...document.querySelectorAll("main *")]
    .filter(each => each.getBoundingClientRect().right > innerWidth)
    .map(each => each.outerHTML.slice(0, 120)).slice(0, 4)"""
WIDE, PHONE = 1280, 390
HEIGHT = 900
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# The dark theme changes colours and nothing else.
COLOURS = ["color-contrast", "link-in-text-block"]
# What a browser says of a refusal that a test provokes (403, 409, 422…), and htmx of a page left amid a request.
EXPECTED = ("the server responded with a status of 4", "htmx:sendAbort", "htmx:afterRequest")
LOOKS = ((WIDE, "light"), (WIDE, "dark"), (PHONE, "light"))
# The pictures of the README and of the documentation: name of the page, top of the page shown.
PICTURES = {"home", "simulator", "filing-tasks", "company-dossier", "officer-dossier", "expert-closure"} | {
    # docs/journeys.md: an expert's way; a newcomer's, on a phone then on a desktop.
    *(
        "phone-simulator",
        "phone-answer",
        "phone-sign-up",
        "phone-company-number",
        "phone-tasks",
        "phone-pieces",
    ),
    *("offer-edit", "invoice-wrong", "payment-expected"),
    *("phone-review", "phone-filed", "phone-completion", "phone-mend", "phone-to-sign", "phone-sign"),
    *("phone-follow", "phone-passport", "desktop-answer", "desktop-pieces", "desktop-mend", "desktop-follow"),
}


class Watch:
    """Collects what is wrong with the pages seen; a test asserts at its end that nothing is."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.seen: list[str] = []
        self.pictures = os.environ.get("DIAGDM_SCREENSHOTS")
        self.album = os.environ.get("DIAGDM_SCREENSHOTS_ALL")

    def page(self, chromium: Browser, *, width: int = WIDE, javascript: bool = True) -> Page:
        """Open a page of its own whose console and answers are listened to."""
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        page = context.new_page()
        self._listen(page)
        return page

    def _listen(self, page: Page) -> None:
        page.set_default_timeout(15_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._answered)

    def _heard(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"} and not any(one in said.text for one in EXPECTED):
            self.complaints.append(f"console: {said.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.request.method} {response.url}: {response.status}")

    def is_calm(self) -> None:
        """Assert that nothing was wrong with any page seen."""
        assert not self.complaints, "\n".join(self.complaints)

    def see(self, page: Page, name: str) -> None:
        """Look at the page as it is, wide, dark and on a phone, then leave it as it was."""
        self.seen.append(name)
        size = page.viewport_size or {"width": WIDE, "height": HEIGHT}
        page.evaluate("window.scrollTo(0, 0)")
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if width == PHONE:
                # A phone as tall as the page: nothing waits under a bar that floats at the bottom.
                tall = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(HEIGHT, tall)})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for rule, html, why in violations(page, COLOURS if scheme == "dark" else EVERYTHING):
                self.complaints.append(f"{name} {width} {scheme}: axe {rule}: {html} {why}")
            if width == PHONE and page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                self.complaints.append(f"{name}: wider than the phone, by {page.evaluate(WIDEST)}")
            if self.album:
                page.screenshot(
                    path=f"{self.album}/{len(self.seen):02}-{name}-{width}-{scheme}.png", full_page=True
                )
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if self.pictures and name in PICTURES:
            picture(page, Path(self.pictures) / f"{name}.png")


def violations(page: Page, only: list[str]) -> list[list[str]]:
    """Return what axe refuses on the page: rule, element, reason."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE)
    found: list[list[str]] = page.evaluate(RUN_AXE, only)
    return found


def picture(page: Page, path: Path) -> None:
    """Write a small picture of the top of the page: 128 colours are enough for a calm screen."""
    page.evaluate("window.scrollTo(0, 0)")
    shot = Image.open(io.BytesIO(page.screenshot(caret="initial"))).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    shot.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
