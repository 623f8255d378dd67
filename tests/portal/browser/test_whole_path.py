"""Two people, two browsers, a real rehearsal: from the first wish to nothing left of it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from portal.bench.server import Server, open_sandbox, rehearse, state_of
from tests.portal.browser.visitor import Visitor

# The operations against a sandbox are in tests/integration/test_portal.py, the pages in the other modules of this folder.
pytestmark = [pytest.mark.integration, pytest.mark.soak_only("minutes")]

SANDBOX = "test-browser"
_DEPLOYS = 480
"""Seconds a preview or an apply may take on a busy machine; a test that waits longer has found a fault."""


@pytest.fixture
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("portal")
    connection = folder / "connection.json"
    # Jobs of a lower priority would wait for the modules that run at the same time.
    made = Server(data=folder / "data", connection=connection, settings={"PORTAL_JOB_NICENESS": "0"})
    made.data.mkdir()
    try:
        open_sandbox(SANDBOX, connection, guardrails=False)  # test_portal has the platform under them
        made.seed()
        made.start()
        yield made
    finally:
        made.stop()
        rehearse("down", "--sandbox", SANDBOX)


def test_a_team_asks_is_refused_mends_it_is_approved_talks_to_it_scales_and_ends_it(browser: Browser, server: Server):
    rosa = Visitor(browser, server.url).sign_in("search-requester", server.password)
    anna = Visitor(browser, server.url).sign_in("search-approver", server.password)
    page = rosa.page

    page.get_by_role("link", name="Request a service").click()
    page.get_by_label("Name", exact=True).fill("assistant")
    page.get_by_label("Model", exact=True).fill("Qwen/Qwen3-4B-Instruct-2507")
    page.get_by_label("Of them at once").fill("20")
    page.get_by_label("Reached from").select_option("internet-facing")
    page.get_by_label("Networks that can reach it").fill("0.0.0.0/0")
    rosa.sees("An approver must agree", _DEPLOYS)
    rosa.press("Preview")
    rosa.state("refused", _DEPLOYS)
    expect(page.locator(".findings .mandatory").first).to_contain_text("service-exposed")
    assert page.get_by_role("button", name=re.compile("Apply|Send")).count() == 0

    page.get_by_role("link", name="Change the request").click()
    page.get_by_label("Reached from").select_option("internal")
    page.get_by_label("Networks that can reach it").fill("")
    rosa.press("Preview")
    rosa.state("previewed", _DEPLOYS)
    expect(page.locator(".tree.top")).to_contain_text("VllmService")
    rosa.press("Send for approval")
    rosa.state("waiting")

    anna.page.get_by_role("link", name="Approvals").click()
    anna.page.get_by_role("link", name="Look and decide").click()
    anna.page.get_by_label("Comment").fill("Fine")
    anna.press("Approve")
    anna.state("approved")

    page.reload()
    rosa.press("Apply")
    rosa.sees(re.compile("… create"), _DEPLOYS)
    page.goto("/")
    page.get_by_role("link", name="New service assistant").click()
    rosa.state("applied", _DEPLOYS)

    page.get_by_role("link", name="assistant").first.click()
    rosa.state("running")
    page.get_by_label("Message").fill("Who are you?")
    rosa.press("Send")
    expect(page.get_by_role("log")).to_contain_text("emulator of vLLM", timeout=60_000)

    page.get_by_label("Replicas", exact=True).fill("1")
    rosa.press("Preview replicas")
    rosa.state("previewed", _DEPLOYS)
    rosa.press("Apply")
    rosa.state("applied", _DEPLOYS)

    page.get_by_role("link", name="assistant").first.click()
    page.get_by_label("Type assistant to preview its destroy").fill("assistant")
    rosa.press("Preview destroy")
    rosa.state("previewed", _DEPLOYS)
    rosa.press("Apply")
    rosa.state("applied", _DEPLOYS)
    page.goto("/")
    rosa.sees("No services yet.")
    assert not state_of(server.connection, "dev-search", server.data).get("resources")
    assert rosa.faults + anna.faults == []
    rosa.close()
    anna.close()
