"""Fifty people watching and ten teams submitting at once: is an event lost, a job lost or done twice, a page slow?"""

import asyncio
import statistics
import time
from dataclasses import dataclass

import httpx

from portal.bench.person import SERVICE, Person
from portal.bench.server import Server

_PAGES = ("/", "/jobs", "/approvals", "/changes/{change}", "/jobs/{job}")
_PAUSE_SECONDS = 0.25
"""Between two pages of one person: ten people thus ask for some forty pages a second."""
_READERS = 10
_NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)
_STREAM_SECONDS = 120
"""Longest silence of a stream, which says every 15 s that it is still there."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """Result of the load."""

    watchers: int
    teams: int
    jobs: dict[str, int]
    """By status."""
    events: int
    """That the watchers saw, all together."""
    lost: int
    """Events a watcher did not see, saw twice, or out of order."""
    twice: int
    """Jobs that were started more than once."""
    pages: int
    p50_ms: float
    p95_ms: float
    worst_ms: float
    seconds: float


async def measure(server: Server, teams: list[str], watchers: int) -> Load:
    """Submit from every team at once, watch, and read pages meanwhile, until every job ended."""
    people = await asyncio.gather(*(asyncio.to_thread(Person, server, f"{team}-requester") for team in teams))
    try:
        return await _measure(server, teams, people, watchers)
    finally:
        for person in people:
            person.client.close()


async def _measure(server: Server, teams: list[str], people: list[Person], watchers: int) -> Load:
    began = time.monotonic()
    accepted = await asyncio.gather(
        *(
            asyncio.to_thread(person.accepted, "POST", "/services", SERVICE | {"team": team})
            for person, team in zip(people, teams, strict=True)
        )
    )
    jobs = [(person, found["job"], found["change"]) for person, found in zip(people, accepted, strict=True)]
    stop, times = asyncio.Event(), list[float]()
    # One client for all of them: each makes a TLS context when it is made, which takes longer than a page.
    async with httpx.AsyncClient(
        base_url=server.url, timeout=_STREAM_SECONDS, trust_env=False, limits=_NO_LIMITS
    ) as web:
        readers = [asyncio.create_task(_read_pages(web, *jobs[n % len(jobs)], stop, times)) for n in range(_READERS)]
        seen = await asyncio.gather(*(_watch(web, *jobs[n % len(jobs)][:2]) for n in range(watchers)))
        ends = [await asyncio.to_thread(person.ended, job) for person, job, _ in jobs]
        stop.set()
        await asyncio.gather(*readers)
        # The log as it is afterwards, from its beginning, against what each watcher saw live.
        kept = {job: await _watch(web, person, job) for person, job, _ in jobs}
    lost = sum(numbers != kept[jobs[n % len(jobs)][1]] for n, numbers in enumerate(seen))
    lost += sum(numbers != list(range(1, len(numbers) + 1)) for numbers in kept.values())
    listed = [one["id"] for person in people for one in person.get("/jobs")]
    statuses = [end["status"] for end in ends]
    return Load(
        watchers=watchers,
        teams=len(teams),
        jobs={status: statuses.count(status) for status in sorted(set(statuses))},
        events=sum(map(len, seen)),
        lost=lost,
        twice=len(listed) - len(set(listed)) + sum(listed.count(job) != 1 for _, job, _ in jobs),
        pages=len(times),
        p50_ms=statistics.median(times) * 1000,
        p95_ms=statistics.quantiles(times, n=20)[-1] * 1000,
        worst_ms=max(times) * 1000,
        seconds=time.monotonic() - began,
    )


async def _watch(web: httpx.AsyncClient, person: Person, job: str) -> list[int]:
    """Numbers of the events of one job, from the first to the end."""
    async with web.stream("GET", f"/api/v1/jobs/{job}/events", headers=_cookie(person)) as answer:
        answer.raise_for_status()
        return [int(line.removeprefix("id: ")) async for line in answer.aiter_lines() if line.startswith("id: ")]


async def _read_pages(
    web: httpx.AsyncClient, person: Person, job: str, change: str, stop: asyncio.Event, times: list[float]
) -> None:
    turn = 0
    while not stop.is_set():
        path = _PAGES[turn % len(_PAGES)].format(job=job, change=change)
        began = time.perf_counter()
        (await web.get(path, headers=_cookie(person))).raise_for_status()
        times.append(time.perf_counter() - began)
        turn += 1
        await asyncio.sleep(_PAUSE_SECONDS)


def _cookie(person: Person) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in person.client.cookies.items())}
