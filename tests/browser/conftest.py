"""A portal on a rehearsed platform, and Chromium to use it with."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from portal.bench.server import Server, open_world, rehearse

WORLD = "test-browser"
# A preview starts an engine, a program and the guardrails; on a busy machine that takes its time.
expect.set_options(timeout=180_000)
SYSTEM = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own; where there is none the tests are left out, but not in CI."""
    system = next((found for name in SYSTEM if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        if system is None and not own.exists():
            if os.environ.get("CI"):
                pytest.fail("Chromium must be there in CI: apt-get install chromium")
            pytest.skip("browser tests left out: there is no Chromium (apt-get install chromium)")
        # Chromium refuses to sandbox itself as root, as whom containers run tests.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        made = playwright.chromium.launch(executable_path=system, args=arguments)
        yield made
        made.close()


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser")
    connection = folder / "connection.json"
    open_world(WORLD, connection)
    made = Server(data=folder / "data", connection=connection, settings={"PORTAL_SIGN_IN_RATE": "1000/minute"})
    made.data.mkdir()
    try:
        made.seed()
        made.start()
        yield made
    finally:
        made.stop()
        rehearse("down", "--world", WORLD)


@pytest.fixture
def sign_in(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Signs somebody in; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    with contextlib.ExitStack() as stack:

        def go(login: str, width: int = 1200) -> Page:
            context = browser.new_context(viewport={"width": width, "height": 900}, base_url=server.url)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(180_000)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
            page.goto("/sign-in")
            page.get_by_label("Name").fill(login)
            page.get_by_label("Password").fill(server.password)
            page.keyboard.press("Enter")
            page.wait_for_url("**/")
            return page

        yield go
    # A refusal the test asked for is logged by the browser as a failed load.
    assert [line for line in complaints if "the server responded with a status of 4" not in line] == []
