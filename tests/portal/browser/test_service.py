"""What is done with a service that runs: tried, scaled, extended, looked over, destroyed; and governed."""

import re

import pytest
from playwright.sync_api import expect

from tests.portal.browser.scenes import Machine
from tests.portal.people import SERVICE


@pytest.fixture
def running(site):
    """A service of team search; its id."""
    rosa = Machine(site, "rosa")
    change = rosa.change("/services", "previewed", **SERVICE)
    rosa.post(f"/changes/{change}/apply")
    rosa.reaches(change, "applied")
    found = rosa.get(f"/changes/{change}")["service"]
    rosa.close()
    return found


def test_the_model_answers_several_times_and_its_words_are_only_words(visit, running):
    rosa = visit("rosa")
    rosa.page.goto(f"/services/{running}")
    for message in ("Hello", "<img src=x onerror=alert(1)>"):
        rosa.page.get_by_label("Message").fill(message)
        rosa.press("Send")
        expect(rosa.page.get_by_role("log").get_by_text(f"You said: {message}")).to_be_visible()
        expect(rosa.page.get_by_label("Message")).to_have_value("")
    assert rosa.page.get_by_role("log").locator("img").count() == 0


def test_the_key_is_shown_once_and_noted(visit, running):
    rosa = visit("rosa")
    rosa.page.goto(f"/services/{running}")
    assert "sk-very-secret" not in rosa.page.content()
    rosa.press("Show the API key")
    rosa.sees("sk-very-secret-qwen")
    rosa.page.goto(f"/services/{running}")
    assert "sk-very-secret" not in rosa.page.content()
    root = visit("root")
    root.page.goto("/admin/audit")
    root.sees("service.key")
    vera = visit("vera")
    vera.page.goto(f"/services/{running}")
    assert vera.page.get_by_role("button", name="Show the API key").count() == 0


def test_replicas_beyond_the_budget_wait_for_another_person(visit, running):
    rosa, anna = visit("rosa"), visit("anna")
    rosa.page.goto(f"/services/{running}")
    rosa.page.get_by_label("Replicas", exact=True).fill("2")
    rosa.press("Preview replicas")
    rosa.state("previewed")
    rosa.sees(re.compile("An approver must agree: 58.72 US dollars a day is above"))
    expect(rosa.page.get_by_role("table")).to_contain_text("+$29.09")
    rosa.press("Send for approval")
    anna.page.get_by_role("link", name="Approvals").click()
    anna.sees(re.compile("Why you: 58.72 US dollars a day"))
    anna.page.get_by_role("link", name="Look and decide").click()
    anna.page.get_by_label("Comment").fill("For the launch")
    anna.press("Approve")
    anna.state("approved")
    rosa.page.reload()
    rosa.sees("For the launch")
    rosa.press("Apply")
    rosa.state("applied")


def test_nothing_goes_without_its_name(visit, running):
    rosa = visit("rosa")
    rosa.page.goto(f"/services/{running}")
    rosa.page.get_by_label("Type qwen to preview its destroy").fill("quen")
    rosa.press("Preview destroy")
    rosa.sees("type the service's name, qwen, to destroy it")
    rosa.page.goto(f"/services/{running}")
    rosa.page.get_by_label("Type qwen to preview its destroy").fill("qwen")
    rosa.press("Preview destroy")
    rosa.state("previewed")
    expect(rosa.page.locator(".tally")).to_have_text(re.compile("8 to destroy"))
    rosa.press("Apply")
    rosa.state("applied")
    rosa.page.goto("/")
    rosa.sees("No services yet.")


def test_its_life_is_extended_and_drift_is_told(site, visit, running):
    rosa = visit("rosa")
    rosa.page.goto(f"/services/{running}")
    expect(rosa.page.get_by_label("Hours from now", exact=True)).to_have_value("96")
    rosa.press("Extend by 1 day")
    rosa.sees(re.compile("in 3 d 23 h"))
    rosa.page.get_by_label("Hours from now", exact=True).fill("200")
    rosa.sees(re.compile(r"It would end \d{4}-\d\d-\d\d \d\d:\d\d UTC"))
    rosa.press("Extend")
    rosa.sees(re.compile("in 8 d 7 h"))
    expect(rosa.page.get_by_label("Hours from now", exact=True)).to_have_value("224")
    rosa.page.get_by_text("End earlier").first.click()
    rosa.page.get_by_label("End in hours from now").fill("5")
    rosa.page.get_by_label("Type qwen to end it earlier").fill("qwen")
    rosa.press("End earlier")
    rosa.sees(re.compile("in 4 h 59 min"))
    changed = {"op": "update", "type": "kubernetes.apps.Deployment", "name": "qwen", "urn": "urn:x", "parent": ""}
    site.runner.drifted = [changed | {"changed": ["spec.replicas"]}]
    rosa.press("Check for drift")
    rosa.state("succeeded")
    rosa.page.goto(f"/services/{running}")
    rosa.sees("1 resource of the stack differs from its state")
    rosa.sees("differs in spec.replicas")


def test_an_administrator_locks_a_team(visit, running):
    root, rosa = visit("root"), visit("rosa")
    rosa.page.goto(f"/services/{running}")
    rosa.page.get_by_label("Replicas", exact=True).fill("2")
    root.page.get_by_role("link", name="Teams").click()
    search = root.page.locator("section.team").filter(has_text="Search")
    search.get_by_label("Lock it, because").fill("budget review")
    search.get_by_role("button", name="Lock Search").click()
    root.sees("budget review")
    rosa.press("Preview replicas")
    rosa.sees("team search is locked")
    rosa.page.goto(f"/services/{running}")
    rosa.sees("Team search is locked: budget review")
    assert rosa.page.get_by_label("Replicas", exact=True).count() == 0
    root.page.goto("/admin/audit?team=search")
    root.sees("team.lock")
