"""More logs open at once than a browser has connections to a host: every page still answers."""

import re

import pytest
from playwright.sync_api import expect

from portal.http.event_stream import BROWSER_STREAMS
from tests.portal.browser.scenes import Machine, wait
from tests.portal.people import SERVICE

TABS = 8
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def applying(site):
    """A change whose apply goes on until the test releases it; its id."""
    rosa = Machine(site, "rosa")
    change = rosa.change("/services", "previewed", **SERVICE)
    site.runner.hold = True
    rosa.post(f"/changes/{change}/apply")
    wait(lambda: any(run.alive for run in list(site.runner.runs.values())), "the run did not begin")
    rosa.close()
    return change


@pytest.fixture
def queued(site, applying):
    """A change of the same stack whose preview waits for its turn; its id."""
    rosa = Machine(site, "rosa")
    change = rosa.post("/services", **(SERVICE | {"name": "second"}))["change"]
    rosa.close()
    return change


def test_eight_logs_at_once_and_every_page_answers(site, visit, applying):
    rosa = visit("rosa")
    tabs = [rosa.context.new_page() for _ in range(TABS)]
    for tab in tabs:
        tab.goto(f"/changes/{applying}", wait_until="load")
    wait(lambda: sum(site.deps.streams.values()) == BROWSER_STREAMS, "so many streams and no more")
    assert rosa.page.goto("/jobs", wait_until="load").ok
    site.runner.say(site.runner.held_run(), "note", text="to everybody")
    for tab in tabs:
        expect(tab.get_by_text("to everybody")).to_be_visible()
        expect(tab.locator(".state")).to_have_text("Running")
    assert len({tab.get_by_role("listitem").count() for tab in tabs}) == 1
    site.runner.release()
    for tab in tabs:
        expect(tab.locator(".head .badge").first).to_have_text("applied")


def test_a_hidden_page_holds_no_stream_and_goes_on_where_it_was(site, visit, applying):
    rosa = visit("rosa")
    rosa.page.goto(f"/changes/{applying}")
    wait(lambda: sum(site.deps.streams.values()) == 1, "the page listens")
    rosa.page.evaluate(HIDE, arg=True)
    wait(lambda: not site.deps.streams, "it goes on listening")
    site.runner.say(site.runner.held_run(), "note", text="meanwhile")
    rosa.page.wait_for_timeout(1000)
    assert rosa.page.get_by_text("meanwhile").count() == 0
    rosa.page.evaluate(HIDE, arg=False)
    expect(rosa.page.get_by_text("meanwhile")).to_have_count(1)
    site.runner.release()
    rosa.state("applied")


def test_a_queued_job_holds_no_stream(site, visit, queued):
    rosa = visit("rosa")
    asked = []
    rosa.page.on("request", lambda request: asked.append(request.url))
    rosa.page.goto(f"/changes/{queued}")
    expect(rosa.page.locator(".state")).to_have_text("Waiting for its turn")
    wait(lambda: (rosa.page.wait_for_timeout(200), sum("/api/v1/jobs/" in url for url in asked) >= 2)[1], "no look")
    assert not any("/log" in url for url in asked)
    assert not site.deps.streams
    site.runner.hold = False
    site.runner.release()
    rosa.state("previewed")
    expect(rosa.page.locator(".state")).to_have_count(0)
    rosa.sees(re.compile("An approver must agree|Within the budget|Apply"))
