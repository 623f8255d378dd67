"""A team's stack is nobody else's: neither a platform's own nor another team's."""

from collections.abc import Callable

import pytest

from portal.db.people import Team
from tests.portal.fakes import FakeRunner
from tests.portal.people import Portal

PLATFORMS = ("dev", "dev-eu", "dev-a")


class Everywhere(FakeRunner):
    """Every platform is as dev."""

    def exports(self, stack: str):
        return super().exports("dev") if stack in PLATFORMS else super().exports(stack)


@pytest.fixture
def runner() -> FakeRunner:
    return Everywhere()


@pytest.fixture
def several(build: Callable[..., Portal], sqlite_url: str) -> Portal:
    return build(sqlite_url, platforms=PLATFORMS)


def old_team(portal: Portal, team: str) -> None:
    """One from before a platform came."""
    with portal.deps.database.session() as session:
        session.add(Team(id=team, name=team, gpu_quota=4, service_quota=3, budget_usd_day=40.0))


@pytest.mark.parametrize(("team", "whose"), [("eu", "dev-eu, platform dev-eu's own"), ("a", "dev-a, platform dev-a's")])
def test_a_platforms_own_stack_is_no_teams(several: Portal, team: str, whose: str):
    answer = several.root.post("/teams", id=team, name="Clash")
    assert (answer.status_code, whose in answer.json()["detail"]) == (409, True)
    old_team(several, team)
    answer = several.root.ask(team=team)
    assert (answer.status_code, whose in answer.json()["detail"]) == (409, True)
    assert several.root.get("/services").json() == []


def test_two_teams_do_not_share_a_stack(several: Portal):
    assert several.root.post("/teams", id="a-b", name="First").status_code == 201
    answer = several.root.post("/teams", id="b", name="Second")
    assert (answer.status_code, "that of team a-b on dev" in answer.json()["detail"]) == (409, True)
    old_team(several, "b")
    answer = several.root.ask(team="b", platform="dev-a")
    assert (answer.status_code, "dev-a-b, that of team a-b on dev" in answer.json()["detail"]) == (409, True)
    assert several.root.ask(team="b", platform="dev").status_code == 202, "where the name is its own it is let in"
