"""Several portals on one database: one of them works on the jobs, and any of them shows what happens."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.db.engine import DATABASE_AWAY, Database
from portal.identity.passwords import Passwords
from portal.jobs.leader import Leader
from tests.portal.fakes import FakeRunner
from tests.portal.people import Portal, make_portal

pytestmark = pytest.mark.thorough


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    made = Database(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    yield made
    made.close()


@pytest.fixture
def leaders(database: Database) -> Iterator[tuple[Leader, Leader]]:
    made = (Leader(database), Leader(database))
    yield made
    for each in made:
        each.resign()


@pytest.fixture
def pair(
    postgres_url: str, tmp_path: Path, passwords: Passwords, build: Callable[..., Portal]
) -> Iterator[tuple[Portal, Portal]]:
    """Two portals, each with a data folder and a runner of its own, as on two hosts."""
    first = build(postgres_url)
    second = make_portal(postgres_url, tmp_path / "second", FakeRunner(), passwords)
    second.runner.stacks = first.runner.stacks
    yield first, second
    second.close()


def take_turns(pair: tuple[Portal, Portal], rounds: int = 3) -> None:
    for _ in range(rounds):
        for portal in pair:
            portal.deps.dispatcher.wake()
            portal.deps.dispatcher.turn()


def held_job(pair: tuple[Portal, Portal]) -> str:
    """A job that the first portal works on, until its run is released."""
    first, _ = pair
    take_turns(pair, 1)
    first.runner.hold = True
    job: str = first.rosa.ask().json()["job"]
    take_turns(pair, 1)
    return job


def test_one_leads_until_it_resigns(leaders: tuple[Leader, Leader]):
    first, second = leaders
    assert [first.elected(), second.elected(), first.elected(), second.elected()] == [True, False, True, False]
    first.resign()
    assert [second.elected(), first.elected()] == [True, False]
    assert [second.leads, first.leads] == [True, False]


def test_a_leader_whose_connection_ended_looks_whether_it_still_is_one(
    database: Database, leaders: tuple[Leader, Leader]
):
    first, second = leaders
    assert first.elected()
    with database.session() as session:
        session.connection().exec_driver_sql(
            "select pg_terminate_backend(pid, 60000) from pg_locks where locktype = 'advisory' and objid = 7316298"
        )
    assert second.elected()
    with pytest.raises(DATABASE_AWAY, match="terminat"):
        first.elected()
    assert not first.leads
    assert not first.elected()


def test_a_sqlite_file_is_of_one_portal(sqlite_url: str):
    assert Leader(Database(sqlite_url)).elected()


def test_a_job_runs_once_and_goes_on_with_the_other_portal(pair: tuple[Portal, Portal]):
    first, second = pair
    asked = second.rosa.ask().json()
    take_turns(pair)
    assert first.job(asked["job"]).status == "succeeded"
    first.runner.hold = True
    job = second.rosa.post(f"/changes/{asked['change']}/apply").json()["job"]
    take_turns(pair)
    assert [len(portal.runner.history) for portal in pair] == [2, 0]
    first.runner.release()
    first.deps.dispatcher.stop()
    second.deps.dispatcher.wake()
    for _ in range(3):
        second.deps.dispatcher.turn()
    assert second.job(job).status == "succeeded", "its run is read back, as the first portal's folder is not here"
    assert second.runner.stacks["dev-search"].version == 2, "one apply, and one refresh"


def test_the_log_of_a_job_is_followed_at_the_portal_that_waits(pair: tuple[Portal, Portal]):
    first, second = pair
    job = held_job(pair)

    async def followed() -> list[int]:
        return [line[0] async for lines in second.deps.feed.watch(job, 0) for line in lines]

    async def go() -> list[int]:
        watching = asyncio.create_task(followed())
        await asyncio.sleep(0.1)
        running = first.runner.runs[f"{job}-1"]
        running.events.append(running.events[0])
        await asyncio.to_thread(take_turns, pair, 1)
        await asyncio.sleep(0.1)
        first.runner.release()
        await asyncio.to_thread(take_turns, pair, 2)
        return await asyncio.wait_for(watching, 60)

    assert asyncio.run(go()) == [1, 2]


def test_a_log_that_is_open_goes_on_when_the_other_portal_works_on_the_job(pair: tuple[Portal, Portal]):
    first, second = pair
    job = held_job(pair)
    second.runner.runs = first.runner.runs
    seen: list[int] = []

    async def follow() -> None:
        async for lines in first.deps.feed.watch(job, 0):
            seen.extend(line[0] for line in lines)

    async def go() -> None:
        watching = asyncio.create_task(follow())
        await asyncio.sleep(0.1)
        first.deps.dispatcher._leader.resign()
        running = first.runner.runs[f"{job}-1"]
        running.events.append(running.events[0])
        await asyncio.to_thread(take_turns, (second, first), 1)
        second.runner.release()
        await asyncio.to_thread(take_turns, (second, first), 2)
        await asyncio.wait_for(watching, 60)

    asyncio.run(go())
    assert seen == [1, 2]
