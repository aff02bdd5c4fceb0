"""Acting on a page: one way for each kind of control, whatever the screen."""

from playwright.sync_api import Locator, Page

from tests.browser.hats import Hands


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
