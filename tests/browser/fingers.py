"""Acting on a page: one way for each kind of control, by pointer or by keyboard, whatever the screen."""

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from tests.browser.hats import Hands

MOST_STOPS = 300
# What has the focus, and whether one sees it.
FOCUSED = """() => {
    const here = document.activeElement;
    const marked = (element) => {
        const style = element && getComputedStyle(element);
        return style && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    };
    return {
        id: here.id,
        text: here === document.body ? "" : (here.innerText || here.value || "").trim(),
        // A choice is outlined with its label; inside a date, the browser marks the part it is on.
        shown: Boolean(marked(here) || marked(here.closest(".dm-choice")) || here.type === "date"),
        hidden: here.closest("[aria-hidden=true]") !== null,
    };
}"""
IS_FOCUSED = """wanted => wanted === document.activeElement"""
# The browser stops once at a group of radio buttons, wherever it stands in it.
IS_GROUP_FOCUSED = """wanted => {
    const here = document.activeElement;
    return here.type === "radio" && here.name === wanted.name && here.form === wanted.form;
}"""


def next_stop(page: Page) -> dict[str, object]:
    """Press Tab, and return what has the focus; it is never hidden, and one always sees where it is."""
    page.keyboard.press("Tab")
    here: dict[str, object] = page.evaluate(FOCUSED)
    assert not here["hidden"], f"The focus is on a hidden element: {here}"
    if here["text"] or here["id"]:
        assert here["shown"] or here["id"] == "contenu", f"The focus does not show: {here}"
    return here


class Pointer(Hands):
    """Fingers or a mouse."""

    # Whether axe looks at the pages passed.
    looks = True

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def date(self, field: Locator, iso: str) -> None:
        field.fill(iso)

    def tick(self, box: Locator) -> None:
        box.check()

    def choose(self, field: Locator, value: str) -> None:
        field.select_option(value)

    def click(self, thing: Locator) -> None:
        thing.click()

    def attach(self, field: Locator, files: list[dict[str, object]]) -> None:
        field.set_input_files(files)  # type: ignore[arg-type]

    def press(self, name: str, *, within: Locator | Page | None = None) -> None:
        self.click((within or self.page).get_by_role("button", name=name, exact=True).first)

    def follow(self, name: str, *, within: Locator | Page | None = None) -> None:
        self.click((within or self.page).get_by_role("link", name=name).first)


class Keyboard(Pointer):
    """Nothing but Tab, Space, Enter, the arrows and what one types."""

    looks = False

    def _reach(self, wanted: Locator, reached: str = IS_FOCUSED) -> None:
        wanted.wait_for(state="attached")
        for _ in range(MOST_STOPS):
            if wanted.evaluate(reached):
                return
            next_stop(self.page)
        raise AssertionError(f"Tab never reaches {wanted}.")

    def _type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def fill(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self._type(text)
        expect(field).to_have_value(text)

    def date(self, field: Locator, iso: str) -> None:
        self._reach(field)
        year, month, day = iso.split("-")
        # The parts stand in the order of the browser's own language, which is not the page's.
        self._type(f"{month}{day}{year}")
        expect(field).to_have_value(iso)

    def tick(self, box: Locator) -> None:
        if box.is_checked():
            return
        if box.get_attribute("type") == "radio":
            self._reach(box, IS_GROUP_FOCUSED)
            for _ in range(MOST_STOPS):
                if box.evaluate(IS_FOCUSED):
                    break
                self.page.keyboard.press("ArrowDown")
        else:
            self._reach(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def choose(self, field: Locator, value: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Home")
        for _ in range(MOST_STOPS):
            if field.input_value() == value:
                break
            self.page.keyboard.press("ArrowDown")
        expect(field).to_have_value(value)

    def click(self, thing: Locator) -> None:
        self._reach(thing)
        self.page.keyboard.press("Enter")

    def attach(self, field: Locator, files: list[dict[str, object]]) -> None:
        for _ in range(3):
            self._reach(field)
            try:
                with self.page.expect_file_chooser(timeout=5_000) as chosen:
                    self.page.keyboard.press("Space")
            except TooLate:
                # The list of pieces was redrawn between the key's way down and up: one presses again.
                continue
            chosen.value.set_files(files)  # type: ignore[arg-type]
            return
        raise AssertionError(f"No file can be chosen in {field}.")
