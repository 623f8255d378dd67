"""Keys, limits and a chat at a gateway, as a requester and an approver use them."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from portal.identity.passwords import Passwords
from tests.portal.browser.scenes import set_up
from tests.portal.browser.site import Site, serving
from tests.portal.browser.visitor import Visitor


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str, passwords: Passwords) -> Iterator[Site]:
    with serving(tmp_path / "data", sqlite_url, passwords, gateway=True) as found:
        yield found


def test_a_key_is_made_rotated_and_used_while_limits_are_approved(site: Site, visit: Callable[..., Visitor]):
    scene = set_up(site)
    rosa, anna = visit("rosa"), visit("anna")
    rosa.page.goto("/")
    rosa.page.get_by_role("link", name="Keys and usage").click()
    rosa.page.get_by_role("link", name="API keys of search on dev").click()
    rosa.page.get_by_label("Name").fill("browser")
    rosa.press("Make a key")
    value = rosa.page.get_by_role("status").locator("code").inner_text()
    assert re.fullmatch(r"sk-llm-[\w-]{43}", value)
    row = rosa.page.get_by_role("row", name="browser")
    row.get_by_text("Rotate").first.click()
    row.get_by_label("Hours for which both keys are valid").fill("1")
    row.get_by_role("button", name=re.compile("^Rotate browser")).click()
    expect(rosa.page.get_by_role("row", name="browser")).to_have_count(2)
    assert value not in rosa.page.content()

    rosa.page.goto(scene.path("service"))
    rosa.page.get_by_label("Message").fill("hello")
    rosa.press("Send")
    rosa.sees("You said: hello")

    rosa.page.goto(scene.path("limits"))
    rosa.page.get_by_label("Dollars a day").fill("20")
    rosa.press("Preview the limits")
    rosa.sees("usd_per_day from 12 to 20")
    rosa.press("Send for approval")
    anna.page.goto(rosa.page.url)
    anna.press("Approve")
    anna.state("approved")
    rosa.page.reload()
    rosa.press("Apply")
    rosa.state("applied")
