"""What fires: everything for who administers the platform, their own for teams."""

import json

import pytest

from portal.metrics import sources
from tests.portal.operations.test_metrics import NAME, prometheus, until
from tests.portal.people import Portal
from tests.portal.prometheus_api import PrometheusApi, alert

__all__ = ["prometheus"]
READ = lambda found: found[0]["read_at"]  # noqa: E731


def names(found: list[dict]) -> list[str]:
    return [one["name"] for one in found[0]["alerts"]]


@pytest.fixture
def firing(portal: Portal, prometheus: PrometheusApi) -> None:
    prometheus.alerts = [
        alert("GpuIdle", severity="info", node="ip-1"),
        alert("LlmQueueLong", "pending", "critical", service=NAME),
        alert("LlmFirstTokenSlow", severity="warning", service=NAME, minutes=5),
        alert("LlmBudgetSpent", severity="warning", tenant="search", minutes=50),
        alert("LlmNoReplica", severity="critical", service="dev-support/answers"),
    ]


@pytest.mark.usefixtures("firing")
def test_an_administrator_sees_all_of_it_firing_and_worst_first(portal: Portal):
    found = until(portal, "root", "/alerts", READ)
    assert names(found) == ["LlmNoReplica", "LlmBudgetSpent", "LlmFirstTokenSlow", "GpuIdle", "LlmQueueLong"]
    first = found[0]["alerts"][0]
    assert (first["subject"], first["runbook_is_link"]) == ("service dev-support/answers", True)
    page = portal.browser("root").get("/admin/alerts").text
    assert "4 alerts fire, 1 is pending." in page
    assert 'docs/runbooks/LlmNoReplica.md" rel="noopener noreferrer">Runbook of LlmNoReplica</a>' in page


@pytest.mark.usefixtures("firing")
def test_a_teams_administrator_sees_its_own(portal: Portal):
    portal.deployed()
    assert names(until(portal, "adam", "/alerts", READ)) == ["LlmBudgetSpent", "LlmFirstTokenSlow", "LlmQueueLong"]
    assert "LlmNoReplica" not in portal.browser("adam").get("/admin/alerts").text


@pytest.mark.usefixtures("firing")
@pytest.mark.parametrize("login", ["vera", "rosa", "anna", "nina"])
def test_others_see_none_but_those_of_their_services(portal: Portal, login: str):
    assert getattr(portal, login).get("/alerts").status_code == 403
    assert portal.browser(login).get("/admin/alerts/live").status_code == 403


@pytest.mark.usefixtures("firing")
def test_a_service_has_its_alerts_on_its_page(portal: Portal):
    service = portal.deployed()["id"]
    found = until(portal, "vera", f"/services/{service}/alerts")
    assert [one["name"] for one in found["alerts"]] == ["LlmFirstTokenSlow", "LlmQueueLong"]
    page = portal.browser("vera").get(f"/services/{service}").text
    assert "LlmFirstTokenSlow" in page
    assert "GpuIdle" not in page


def test_of_a_storm_the_worst_are_listed_and_a_service_has_its_own(portal: Portal, prometheus: PrometheusApi):
    summary = "of a service " * 40
    prometheus.alerts = [alert("LlmErrors", summary=summary, service=f"dev-other/s-{number}") for number in range(3000)]
    prometheus.alerts += [alert("LlmNoReplica", severity="critical", service=NAME)]
    assert len(json.dumps(prometheus.alerts)) > sources.MOST_BYTES
    found = until(portal, "root", "/alerts", READ)[0]
    assert (len(found["alerts"]), found["alerts"][0]["name"], found["more"]) == (500, "LlmNoReplica", 2501)
    assert "And 2,501 further alerts" in portal.browser("root").get("/admin/alerts").text
    service = portal.deployed()["id"]
    assert [one["name"] for one in until(portal, "vera", f"/services/{service}/alerts")["alerts"]] == ["LlmNoReplica"]


@pytest.mark.usefixtures("firing")
def test_more_alerts_than_are_read_leave_the_charts_alone(
    portal: Portal, prometheus: PrometheusApi, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources, "MOST_ALERT_BYTES", 100)
    prometheus.services[NAME] = lambda *_: 1.0
    assert (
        "answered more than"
        in until(portal, "root", "/alerts", lambda found: "more" in found[0]["problem"])[0]["problem"]
    )
    service = portal.deployed()["id"]
    assert until(portal, "vera", f"/services/{service}/metrics")["problem"] is None


def test_nothing_fires(portal: Portal, prometheus: PrometheusApi):
    until(portal, "root", "/alerts", READ)
    assert "Nothing fires." in portal.browser("root").get("/admin/alerts").text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x.example/a", "docs/runbooks/A.md", "https://", "//x"])
def test_only_https_is_a_link(portal: Portal, prometheus: PrometheusApi, url: str):
    one = alert("A")
    one["annotations"] = {"summary": "<script>x</script>", "runbook_url": url}
    prometheus.alerts = [one]
    until(portal, "root", "/alerts", READ)
    page = portal.browser("root").get("/admin/alerts").text
    assert f'href="{url}"' not in page
    assert "<script>x" not in page
