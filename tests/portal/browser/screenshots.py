"""``make portal-screenshots``: the pictures of docs/portal.md, of a portal in the middle of its life."""

import tempfile
from pathlib import Path

from argon2 import PasswordHasher
from playwright.sync_api import Browser

from portal.identity.passwords import Passwords
from tests.portal.browser.scenes import PAGES, Scene, set_up
from tests.portal.browser.site import Site, serving
from tests.portal.browser.visitor import PHONE, Visitor, chromium

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "portal"
WINDOW = {"width": 1000, "height": 820}
LARGEST_BYTES = 150_000
SHOTS = {
    "services": ("everything", {}),
    "ask": ("ask", {}),
    "ask-too-large": ("ask-too-large", {}),
    "refused": ("refused", {}),
    "change": ("previewed", {}),
    "approvals": ("approvals", {}),
    "live": ("live", {}),
    "service": ("service", {"viewport": {"width": 1000, "height": 940}}),
    "starts": ("service", {"viewport": {"width": 1000, "height": 600}}),
    "metrics": ("service", {"viewport": {"width": 1000, "height": 1080}}),
    "metrics-dark": ("day", {"viewport": {"width": 1000, "height": 1080}, "color_scheme": "dark"}),
    "alerts": ("alerts", {"viewport": {"width": 1000, "height": 620}}),
    "teams": ("teams", {}),
    "nodes": ("nodes", {}),
    "keys": ("keys", {}),
    "limits": ("limits", {}),
    "usage": ("usage", {}),
    "dark": ("ask", {"color_scheme": "dark"}),
    "phone": ("ask", {"viewport": PHONE}),
}
"""File name to the page of the scene, and the window it is seen in."""
_SECTIONS = {"metrics": "metrics", "starts": "where"}
"""Beginning of a file name to the heading of the section of the page that it shows; others show its top."""


def main() -> None:
    """Make all of them anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with serving(data, f"sqlite:///{data / 'portal.db'}", cheap, gateway=True) as site, chromium() as browser:
            scene = set_up(site)
            for name, (page, window) in SHOTS.items():
                size = _take(browser, site, scene, name, page, {"viewport": WINDOW} | window)
                print(f"{name}.png  {size // 1000} kB{'  too large' if size > LARGEST_BYTES else ''}")


def _take(browser: Browser, site: Site, scene: Scene, name: str, page: str, window: dict[str, object]) -> int:
    visitor = Visitor(browser, site.url, **window).sign_in(PAGES[page][0], site.password)
    visitor.page.goto(scene.path(page))
    if section := next((id_ for shot, id_ in _SECTIONS.items() if name.startswith(shot)), None):
        visitor.page.evaluate(f"document.querySelector('#{section}').closest('section').scrollIntoView()")
    elif page == "service":
        visitor.page.get_by_label("Message").fill("Which languages do you speak?")
        visitor.press("Send")
        visitor.sees("You said")
        visitor.page.evaluate("scrollTo(0, 0)")
    if window["viewport"] == PHONE:
        visitor.page.evaluate("document.querySelector('.advice').scrollIntoView()")
    file = FOLDER / f"{name}.png"
    visitor.page.screenshot(path=file, animations="disabled")
    visitor.close()
    return file.stat().st_size


if __name__ == "__main__":
    main()
