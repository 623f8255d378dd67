"""Long lists in parts, over the API and on pages: what is shown of how many, and the way to the rest."""

import re
from datetime import UTC, datetime

import pytest

from portal.db.people import Person
from portal.db.work import Change, Job, Stack
from portal.operations import listing, views
from tests.portal.people import Portal

MOST = 3
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def many(either: Portal, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """Seven open changes with a job each, most of one moment, and parts of three."""
    monkeypatch.setattr(views, "NEWEST", MOST)
    defaults = tuple(MOST if each == listing.NEWEST else each for each in views.changes.__defaults__ or ())
    monkeypatch.setattr(views.changes, "__defaults__", defaults)
    with either.deps.database.session() as session:
        rosa = session.query(Person).filter_by(login="rosa").one().id
        for team in ("search", "support"):
            stack = Stack(team_id=team, platform="dev", name=f"dev-{team}")
            session.add(stack)
            session.flush()
            for number in range(7 if team == "search" else 1):
                at = MOMENT.replace(day=1 + number // 3)
                change = Change(stack_id=stack.id, kind="limits", status="waiting", created_at=at, requested_by=rosa)
                change.spec = {}
                session.add(change)
                session.flush()
                session.add(
                    Job(stack_id=stack.id, change_id=change.id, kind="preview", status="succeeded", created_at=at)
                )
    return either


@pytest.mark.parametrize("path", ["/jobs", "/changes?status=waiting"])
def test_the_api_links_to_the_rest_and_counts_all(many: Portal, path: str):
    seen, sizes, url = [], [], path
    while url:
        answer = many.rosa.get(url)
        assert answer.headers["x-total-count"] == "7"
        seen += [(one["created_at"], one["id"]) for one in answer.json()]
        sizes.append(len(answer.json()))
        link = re.fullmatch(r'</api/v1(.*)>; rel="next"', answer.headers.get("link", ""))
        url = link[1] if link else None
    assert sizes == [3, 3, 1]
    assert (len(set(seen)), seen) == (7, sorted(seen, reverse=True))


def test_a_part_ends_before_a_row_that_the_sender_may_see(many: Portal):
    for path in ("/jobs", "/changes"):
        foreign = many.otto.get(path).json()[0]["id"]
        for before in ("none", foreign):
            assert many.rosa.get(f"{path}?before={before}").status_code == 404


@pytest.mark.parametrize(("path", "noun"), [("/jobs", "jobs"), ("/approvals", "changes"), ("/", "open changes")])
def test_pages_say_how_many_and_lead_to_all(many: Portal, path: str, noun: str):
    browser = many.browser("rosa")
    kind = "jobs" if path == "/jobs" else "changes"
    url, sizes, seen = path, [], set()
    while url:
        text = browser.get(url).text
        found = set(re.findall(rf'href="/{kind}/([0-9a-f]{{32}})"', text))
        assert f"{len(found)} of 7 {noun}, newest first." in text
        sizes.append(len(found))
        seen |= found
        older = re.search(r'<a href="([^"]*)">Older</a>', text)
        assert bool(older) != (">Newest</a>" in text)
        url = older[1] if older else None
    assert (sizes, len(seen)) == ([3, 3, 1], 7)


def test_a_list_that_is_whole_has_no_line(portal: Portal):
    portal.deployed()
    text = portal.browser("rosa").get("/jobs").text
    assert "newest first" not in text
