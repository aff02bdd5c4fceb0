"""What hands do on the portal: change hats, read the state shown, go through a mission's papers."""

from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from applications.management.demo.papers import pdf
from tests.browser.portal import Portal
from tests.browser.watch import Watch

TODAY = date.today()  # noqa: DTZ011 the browser, the portal and this test share one day
DAY = timedelta(days=1)


class Hands:
    """One browser that changes hats, and looks at each page once."""

    def __init__(self, portal: Portal, page: Page, watch: Watch) -> None:
        self.portal, self.page, self.watch = portal, page, watch
        # Whether the pages' scripts run.
        self.scripts = True

    @property
    def main(self) -> Locator:
        """What the page is about: neither its menu nor its foot."""
        return self.page.locator("main")

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.portal.url + path)

    def see(self, name: str) -> None:
        self.watch.see(self.page, name)

    def hat(self, person: str) -> None:
        """Sign out, then in as a demo person, by the buttons that everybody has."""
        self.go("/")
        menu = self.page.locator("details.dm-account")
        if menu.count():
            menu.locator("summary").click()
            self.press("Se déconnecter")
        self.page.get_by_role("link", name="Se connecter").first.click()
        self.come_in(person)
        expect(self.page.locator(".dm-account-name")).to_have_text(person.partition(",")[0])

    def come_in(self, person: str) -> None:
        """Press a demo person's button on the sign-in page; experts and Bpifrance also send the code offered."""
        self.page.get_by_role("button", name=person).click()
        expect(self.page.locator(".dm-account-name, #id_code")).to_be_attached()
        if self.page.locator("#id_code").count():
            self.press("Se connecter avec ce code")

    def press(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=name).first.click()

    def downloaded(self, link: Locator) -> bytes:
        """Return the file that a button or a link gives."""
        with self.page.expect_download() as file:
            link.click()
        return Path(file.value.path()).read_bytes()

    def until(self, wanted: Locator) -> None:
        """Reload the page, as a person would, until the worker has made what is awaited."""
        for _ in range(120):
            if wanted.count():
                return
            self.page.wait_for_timeout(500)
            self.page.reload()
        raise AssertionError(f"Never came: {wanted}")

    def reads(self, text: str) -> None:
        """Assert that the page says so."""
        expect(self.page.locator("main")).to_contain_text(text)

    def badge(self, label: str) -> None:
        """Assert the state shown beside the page's title."""
        expect(self.page.locator(".dm-page-header .dm-badge").first).to_have_text(label)


def paper(name: str, *lines: str) -> dict[str, object]:
    """Return a real one-page PDF as a file to choose."""
    return {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": pdf(name, list(lines))}
