"""A job is watched live, left and come back to; what came of it is on the page without a reload by hand."""

import re

import pytest
from playwright.sync_api import expect

from tests.portal.browser.scenes import Machine, wait
from tests.portal.people import SERVICE


@pytest.fixture
def applying(site):
    """A change whose apply goes on until the test releases it; its id."""
    rosa = Machine(site, "rosa")
    change = rosa.change("/services", "previewed", **SERVICE)
    site.runner.hold = True
    rosa.post(f"/changes/{change}/apply")
    wait(lambda: any(run.alive for run in list(site.runner.runs.values())), "the run did not begin")
    site.runner.hold = False
    rosa.close()
    return change


def done(site, name):
    site.runner.say(
        site.runner.held_run(), "resource", op="create", type="kubernetes.core.Secret", name=name, phase="done"
    )


def test_lines_come_while_somebody_watches_and_are_all_there_after_coming_back(site, visit, applying):
    rosa = visit("rosa")
    rosa.page.goto(f"/changes/{applying}")
    log = rosa.page.get_by_role("list", name="Log")
    expect(log.get_by_text("up of dev-search")).to_be_visible()
    done(site, "first")
    expect(log.get_by_text("✓ create first")).to_be_visible()
    expect(rosa.page.locator(".reached")).to_have_text("1")
    rosa.page.goto("/")
    done(site, "second")
    rosa.page.goto(f"/changes/{applying}")
    done(site, "third")
    expect(log.get_by_text("✓ create third")).to_be_visible()
    assert log.get_by_role("listitem").all_inner_texts()[-3:] == [
        line for line in log.get_by_role("listitem").all_inner_texts() if "✓ create" in line
    ]
    assert len(log.get_by_text("✓ create second").all()) == 1
    expect(rosa.page.locator(".reached")).to_have_text("3")
    site.runner.release()
    rosa.state("applied")


def test_two_people_see_the_same(site, visit, applying):
    rosa, vera = visit("rosa"), visit("vera")
    for visitor in (rosa, vera):
        visitor.page.goto(f"/changes/{applying}")
    done(site, "shared")
    for visitor in (rosa, vera):
        expect(visitor.page.get_by_text("✓ create shared")).to_be_visible()
    assert vera.page.get_by_role("button", name=re.compile("Apply|Withdraw|Approve")).count() == 0
    site.runner.release()
    for visitor in (rosa, vera):
        visitor.state("applied")


def test_without_motion_nothing_moves(site, visit, applying):
    rosa = visit("rosa", reduced_motion="reduce")
    rosa.page.goto(f"/changes/{applying}")
    moving = rosa.page.evaluate(
        """() => Array.from(document.querySelectorAll('*')).filter((element) => {
          const style = getComputedStyle(element);
          return parseFloat(style.animationDuration) > 0 || parseFloat(style.transitionDuration) > 0;
        }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert moving == []
    site.runner.release()
