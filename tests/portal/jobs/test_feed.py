"""Watchers see every event once and in order, whenever they come."""

import asyncio

from portal.clock import now
from portal.db.work import Job, JobEvent, Stack
from portal.jobs.feed import Feed
from tests.portal.people import Portal


def job_with(portal: Portal, count: int) -> str:
    with portal.deps.database.session() as session:
        stack = session.query(Stack).first() or Stack(team_id="search", platform="dev", name="dev-search")
        session.add(stack)
        session.flush()
        job = Job(stack_id=stack.id, kind="preview", status="running")
        session.add(job)
        session.flush()
        write(session, job, count)
        return job.id


def write(session, job: Job, count: int) -> list:
    lines = []
    for seq in range(job.next_seq, job.next_seq + count):
        session.add(JobEvent(job_id=job.id, seq=seq, at=now(), kind="note", data={"text": str(seq)}))
        lines.append((seq, "note", {"text": str(seq)}))
    job.next_seq += count
    return lines


def more(portal: Portal, feed: Feed, job_id: str, count: int, *, ended: bool = False) -> None:
    with portal.deps.database.session() as session:
        job = session.get_one(Job, job_id)
        lines = write(session, job, count)
        if ended:
            job.status = "succeeded"
    feed.publish(job_id, lines, ended=ended)


async def watched(feed: Feed, job_id: str, after: int = 0) -> list[int]:
    return [line[0] async for lines in feed.watch(job_id, after) for line in lines]


def test_early_late_and_returning_watchers_see_the_same(portal: Portal):
    async def go() -> None:
        feed = portal.deps.feed
        job = job_with(portal, 3)
        early = [asyncio.create_task(watched(feed, job)) for _ in range(20)]
        await asyncio.sleep(0.05)
        await asyncio.to_thread(more, portal, feed, job, 4)
        late = asyncio.create_task(watched(feed, job))
        returning = asyncio.create_task(watched(feed, job, after=5))
        await asyncio.sleep(0.05)
        for _ in range(10):
            await asyncio.to_thread(more, portal, feed, job, 1)
        await asyncio.to_thread(more, portal, feed, job, 2, ended=True)
        whole = list(range(1, 20))
        assert [await task for task in early] == [whole] * 20
        assert await late == whole
        assert await returning == whole[5:]
        assert await watched(feed, job) == whole
        assert feed._channels == {}, "nothing is kept of a job that ended"

    asyncio.run(go())


def test_a_watcher_who_leaves_is_forgotten(portal: Portal):
    async def go() -> None:
        feed = portal.deps.feed
        job = job_with(portal, 0)
        task = asyncio.create_task(watched(feed, job))
        async with asyncio.timeout(60):
            while job not in feed._channels:  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)
        assert feed._channels[job].watchers
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert feed._channels == {}

    asyncio.run(go())
