"""Every kind of page, at every width, light and dark: readable for everybody, and within its window."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from portal.identity.passwords import Passwords
from tests import soak
from tests.portal.browser.scenes import PAGES, Scene, set_up
from tests.portal.browser.site import Site, serving
from tests.portal.browser.visitor import DESKTOP, NARROW, PHONE, Visitor

_ACTED_ON = frozenset({"button", "checkbox", "combobox", "spinbutton", "textbox"})
_SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def scenery(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, passwords: Passwords
) -> Iterator[tuple[Site, Scene]]:
    """One portal for all pages: nothing here changes it."""
    folder = tmp_path_factory.mktemp("pages")
    with serving(folder, f"sqlite:///{folder / 'portal.db'}", passwords, gateway=True) as site:
        yield site, set_up(site)


@pytest.fixture(scope="module", params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def people(scheme: str, browser: Browser, scenery: tuple[Site, Scene]) -> Iterator[dict[str, Visitor]]:
    site, _ = scenery
    logins = {login for login, _ in PAGES.values()}
    found = {login: Visitor(browser, site.url, color_scheme=scheme) for login in logins}
    for login, visitor in found.items():
        visitor.sign_in(login, site.password)
    yield found
    for visitor in found.values():
        visitor.close()


@pytest.mark.soak
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_serious_fault_and_stays_in_its_window(
    name: str, scheme: str, people: dict[str, Visitor], scenery: tuple[Site, Scene]
):
    visitor, scene = people[PAGES[name][0]], scenery[1]
    visitor.page.set_viewport_size(DESKTOP)
    visitor.page.goto(scene.path(name))
    # The layout is the same in both schemes, and the colors are in both layouts: each is judged once, and all in a soak.
    if scheme == "light" or soak.chosen():
        assert faults(visitor) == []
    visitor.page.set_viewport_size(PHONE)
    assert visitor.wider_than_the_window() == []
    if scheme == "dark" or soak.chosen():
        assert faults(visitor) == []
    visitor.page.set_viewport_size(NARROW)
    assert visitor.wider_than_the_window() == []
    assert of_one_name(visitor) == []
    assert visitor.faults == []


def test_the_way_in_has_no_serious_fault(browser: Browser, scenery: tuple[Site, Scene]):
    visitor = Visitor(browser, scenery[0].url, viewport=PHONE)
    visitor.page.goto("/sign-in")
    assert faults(visitor) == []
    assert visitor.wider_than_the_window() == []
    visitor.close()


def test_a_page_without_names_is_found_faulty(browser: Browser, tmp_path: Path):
    """The judge itself: it must be able to say no."""
    page = browser.new_page()
    page.set_content("<html lang=en><title>x</title><main><h1>x</h1><input></main>")
    found = Axe().run(page).response["violations"]
    assert "label" in {violation["id"] for violation in found if violation["impact"] in _SERIOUS}
    page.close()


def of_one_name(visitor: Visitor) -> list[str]:
    """Buttons and fields that a screen reader names alike, though they do or are different things."""
    session = visitor.context.new_cdp_session(visitor.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = Counter(
        (node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]
    )
    return [f"{role} {name}" for (role, name), count in found.items() if role in _ACTED_ON and count > 1]


def faults(visitor: Visitor) -> list[str]:
    """Serious and critical faults that axe finds, each with where it is."""
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in Axe().run(visitor.page).response["violations"]
        if violation["impact"] in _SERIOUS
        for node in violation["nodes"]
    ]
