"""Charts of a service, live, by keyboard and without a script; what fires, while it changes."""

import pytest
from playwright.sync_api import expect

from portal.metrics import reading
from portal.metrics.spans import GRIDS, Span
from tests.portal.browser.scenes import set_up
from tests.portal.prometheus_api import alert


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "GRIDS", {span: Quick(grid) for span, grid in GRIDS.items()})


class Quick:
    """A grid whose looks count for a moment only."""

    fresh = 0.5

    def __init__(self, grid):
        self._grid = grid

    def __getattr__(self, name):
        return getattr(self._grid, name)


@pytest.mark.usefixtures("quick")
def test_charts_renew_themselves_and_leave_what_is_open_open(site, visit):
    scene = set_up(site)
    vera = visit("vera")
    vera.page.goto(f"{scene.path('service')}?span={Span.HOUR}")
    queue = vera.page.locator("figure").filter(has_text="Requests at the engines")
    chart = queue.get_by_role("img", name="Requests at the engines, requests")
    expect(chart).to_be_visible()
    summary = queue.locator("summary")
    summary.focus()
    vera.page.keyboard.press("Enter")
    table = queue.get_by_role("region", name="Requests at the engines as a table")
    expect(table.get_by_role("columnheader", name="waiting")).to_be_visible()
    site.prometheus.services["dev-search/assistant"] = lambda name, at: 7777.0
    expect(queue.locator(".legend")).to_contain_text("7,777")
    expect(table.get_by_role("cell", name="7,777").first).to_be_visible()
    assert summary.evaluate("(element) => element === document.activeElement")
    vera.page.get_by_role("link", name="Last day").click()
    expect(vera.page.get_by_role("link", name="Last day")).to_have_attribute("aria-current", "true")
    expect(vera.page.locator("svg.lines")).to_have_count(8)
    assert vera.faults == []


@pytest.mark.usefixtures("quick")
def test_a_prometheus_that_goes_away_is_one_line_above_what_was_read(site, visit):
    scene = set_up(site)
    vera = visit("vera")
    vera.page.goto(scene.path("service"))
    expect(vera.page.locator("svg.lines")).to_have_count(8)
    site.prometheus.instead = (503, {})
    expect(vera.page.get_by_text("The last look at Prometheus failed: Prometheus is not ready")).to_be_visible()
    expect(vera.page.locator("svg.lines")).to_have_count(8)
    assert vera.faults == []


def test_without_a_script_the_charts_are_there(site, visit):
    scene = set_up(site)
    vera = visit("vera", java_script_enabled=False)
    vera.page.goto(scene.path("service"))
    expect(vera.page.locator("svg.lines")).to_have_count(8)


def test_what_fires_is_shown_without_a_reload_and_leads_to_its_runbook(site, visit):
    set_up(site)
    root = visit("root")
    root.page.goto("/")
    root.page.get_by_role("link", name="Alerts").click()
    expect(root.page.get_by_role("listitem").filter(has_text="GpuXidHardware")).to_contain_text("critical")
    site.prometheus.alerts = [alert("LlmNoReplica", severity="critical", service="dev/qwen")]
    new = root.page.get_by_role("listitem").filter(has_text="LlmNoReplica")
    expect(new).to_be_visible()
    expect(new.get_by_role("link", name="Runbook of LlmNoReplica")).to_have_attribute(
        "href", "https://github.com/example/llm-platform/blob/main/docs/runbooks/LlmNoReplica.md"
    )
    expect(root.page.get_by_text("GpuXidHardware")).to_have_count(0)
    site.prometheus.alerts = []
    expect(root.page.get_by_text("Nothing fires.")).to_be_visible()
    assert root.faults == []
