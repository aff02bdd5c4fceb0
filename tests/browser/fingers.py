"""The ways of acting on a page: with a pointer, or with nothing but Tab, arrows, Space, Enter and typing."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.hats import Hands
from tests.browser.portal import Portal
from tests.browser.watch import Watch

# More stops than any page has: a Tab that goes round without a find is a trap or a hidden control.
MOST_STOPS = 300
FOCUSED = "element => element === document.activeElement"
# A group of radio buttons has one stop: the focus is on one of the same name.
IN_GROUP = (
    "element => document.activeElement.type === 'radio' && document.activeElement.name === element.name"
)
SHOWN = """() => {
    const here = document.activeElement;
    const marked = (element) => {
        const style = element && getComputedStyle(element);
        return style && (style.outlineStyle !== "none" || style.boxShadow !== "none");
    };
    if (here === document.body || here.type === "date") return true;
    const around = here.closest(".dm-choice, .dm-pick, .form-check");
    return Boolean(marked(here) || marked(around) || marked(here.parentElement));
}"""


class Pointer(Hands):
    """Fingers or a mouse."""

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
    """Nothing but keys: what they can't reach fails, and so does a focus that does not show."""

    def __init__(self, portal: Portal, page: Page, watch: Watch) -> None:
        super().__init__(portal, page, watch)
        self.stops = 0

    def _tab_to(self, wanted: Locator, arrived: str = FOCUSED) -> None:
        expect(wanted).to_be_visible()
        for _ in range(MOST_STOPS):
            if wanted.evaluate(arrived):
                assert self.page.evaluate(SHOWN), f"The focus does not show on {wanted}."
                return
            self.page.keyboard.press("Tab")
            self.stops += 1
        raise AssertionError(f"Tab never reaches {wanted}.")

    def fill(self, field: Locator, text: str) -> None:
        self._tab_to(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def date(self, field: Locator, iso: str) -> None:
        """Type the parts in the order of this Chromium: month, day, year."""
        self._tab_to(field)
        year, month, day = iso.split("-")
        self.page.keyboard.type(f"{month}{day}{year}")
        expect(field).to_have_value(iso)

    def tick(self, box: Locator) -> None:
        if box.is_checked():
            return
        if box.get_attribute("type") != "radio":
            self._tab_to(box)
            self.page.keyboard.press("Space")
        else:
            self._tab_to(box, IN_GROUP)
            if box.evaluate(FOCUSED):
                self.page.keyboard.press("Space")
            for _ in range(30):
                if box.is_checked():
                    break
                self.page.keyboard.press("ArrowDown")
        expect(box).to_be_checked()

    def choose(self, field: Locator, value: str) -> None:
        self._tab_to(field)
        self.page.keyboard.press("Home")
        for _ in range(60):
            if field.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"The arrows never reach {value}.")

    def click(self, thing: Locator) -> None:
        self._tab_to(thing)
        self.page.keyboard.press("Enter")

    def attach(self, field: Locator, files: list[dict[str, object]]) -> None:
        """Reach the control; the system's own window, which it opens, belongs to no page."""
        self._tab_to(field)
        super().attach(field, files)
