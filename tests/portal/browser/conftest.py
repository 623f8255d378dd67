import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from portal.identity.passwords import Passwords
from tests.portal.browser.site import Site, serving
from tests.portal.browser.visitor import NoBrowserError, Visitor, chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


# One for each module: while Playwright is open its event loop runs in this thread, and no other may.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as found:
            yield found
    except NoBrowserError as error:
        if os.environ.get("CI"):
            pytest.fail(f"pages must be tested in a browser in CI: {error}")
        pytest.skip(str(error))


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str, passwords: Passwords) -> Iterator[Site]:
    with serving(tmp_path / "data", sqlite_url, passwords) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens a window in which somebody is signed in; its pages must end without an error of a script."""
    visitors: list[Visitor] = []

    def open_window(login: str, **options: object) -> Visitor:
        visitors.append(Visitor(browser, site.url, **options))
        return visitors[-1].sign_in(login, site.password)

    yield open_window
    for visitor in visitors:
        visitor.close()
    assert [fault for visitor in visitors for fault in visitor.faults] == []
