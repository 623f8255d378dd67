"""Somebody at a browser: finds things as people do, by their labels."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}
"""A window of 1280 pixels at a zoom of 400 %, as WCAG 2.1 has it for reflow (1.4.10)."""
PATIENCE_SECONDS = 60.0
"""A busy machine may take so long for what is there in a moment elsewhere."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class NoBrowserError(Exception):
    """There is no Chromium on this machine; the message has the cure."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own.

    Raises:
        NoBrowserError: there is neither.
    """
    with sync_playwright() as playwright:
        system = next((found for name in _NAMES if (found := shutil.which(name))), None)
        if system is None and not Path(playwright.chromium.executable_path).exists():
            raise NoBrowserError("no Chromium here: `make chromium` installs it")
        expect.set_options(timeout=PATIENCE_SECONDS * 1000)
        browser = playwright.chromium.launch(
            executable_path=system, args=["--disable-dev-shm-usage"], timeout=2 * PATIENCE_SECONDS * 1000
        )
        yield browser
        browser.close()


class Visitor:
    """One person's browser window."""

    def __init__(self, browser: Browser, url: str, **options: object) -> None:
        self.context: BrowserContext = browser.new_context(base_url=url, **({"viewport": DESKTOP} | options))
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        """Errors of scripts and refusals of the content security policy."""
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self._note(message.type, message.text))

    def sign_in(self, login: str, password: str) -> "Visitor":
        self.page.goto("/sign-in")
        self.page.get_by_label("Name").fill(login)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", name="Services").wait_for()
        return self

    def press(self, label: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=label, exact=True).click()

    def sees(self, text: str | re.Pattern[str], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the text is on the page."""
        self.page.get_by_text(text).first.wait_for(timeout=seconds * 1000)

    def state(self, status: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until the page's own badge says this."""
        self.page.locator(".head .badge", has_text=re.compile(f"^{status}$")).first.wait_for(timeout=seconds * 1000)

    def wider_than_the_window(self) -> list[str]:
        """What sticks out of the window to the right."""
        found: list[str] = self.page.evaluate(
            """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
            Array.from(document.querySelectorAll('body *')).filter((element) =>
              element.getBoundingClientRect().right > window.innerWidth + 1 &&
              !element.closest('.skip, .log, pre, .fit-result')).map((element) => element.outerHTML.slice(0, 120))"""
        )
        return found

    def close(self) -> None:
        self.context.close()

    def _note(self, kind: str, text: str) -> None:
        # An answer that is no success is a line on the console too; a test looks at the answer itself. A page that is left ends its
        # requests, which htmx reports as two events; what fails has another one beside htmx:afterRequest.
        expected = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
        if kind == "error" and not any(part in text for part in expected):
            self.faults.append(text)
