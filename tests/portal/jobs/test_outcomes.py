"""What a destroy left in AWS is kept with its change, shown on its page and written into the audit log."""

from typing import Any

import pytest

from portal.runner.protocol import Leftovers
from tests.portal.people import Portal

VOLUME: dict[str, Any] = {
    "kind": "EBS volume",
    "id": "vol-1",
    "detail": "100 GiB gp3, available",
    "found_by": "tag stack=dev-search",
    "usd_per_month": 8.0,
    "command": "aws ec2 delete-volume --region us-east-1 --volume-id vol-1",
    "kept": "",
}


def destroyed(portal: Portal, **changes: Any) -> dict[str, Any]:
    """The change by which a service was destroyed."""
    service = portal.deployed(**changes)
    portal.deployed_change(f"/services/{service['id']}/destroy", confirm=service["name"])
    return portal.rosa.get("/changes").json()[0]


def details(portal: Portal) -> list[str]:
    entries = portal.root.get("/audit").json()
    return [entry["detail"] for entry in entries if entry["action"] == "change.leftovers"]


def page(portal: Portal, change: str) -> str:
    return " ".join(portal.browser("rosa").get(f"/changes/{change}").text.split())


def test_nothing_left_is_said(either: Portal):
    change = destroyed(either)
    assert change["leftovers"] == {"problem": None, "resources": [], "usd_per_month": 0.0, "unchecked": []}
    assert details(either) == ["nothing is left in AWS"]
    assert "Nothing is left." in page(either, change["id"])


def test_what_is_left_is_shown_with_cost_and_command(portal: Portal):
    portal.runner.leftovers = Leftovers(resources=[VOLUME], usd_per_month=8.0, unchecked=["IAM: the caller may not x"])
    change = destroyed(portal)
    assert change["leftovers"]["resources"] == [VOLUME]
    assert details(portal) == ["1 left in AWS, 8.00 US dollars a month; not looked at: IAM: the caller may not x"]
    shown = page(portal, change["id"])
    assert all(text in shown for text in (VOLUME["command"], "$8.00", "IAM: the caller may not x"))


def test_a_search_that_failed_fails_no_destroy(portal: Portal):
    portal.runner.leftovers = Leftovers(problem="AWS does not answer: no AWS credentials")
    change = destroyed(portal)
    assert change["status"] == "applied"
    assert details(portal) == ["could not look for what is left: AWS does not answer: no AWS credentials"]
    assert "Could not look: AWS does not answer" in page(portal, change["id"])


@pytest.mark.parametrize("others", [0, 1])
def test_a_run_knows_which_service_it_removes(portal: Portal, others: int):
    if others:
        portal.deployed(name="stays")
    destroyed(portal)
    assert [run.removes for run in portal.runner.history if run.removes] == ["qwen"]
    assert portal.runner.history[-1].kind == ("up" if others else "destroy")


def test_other_changes_have_none(portal: Portal):
    portal.deployed()
    assert [one["leftovers"] for one in portal.rosa.get("/changes").json()] == [None]
    assert "What is left in AWS" not in page(portal, portal.rosa.get("/changes").json()[0]["id"])
