"""A model that does not answer holds up nobody: asked of a real server, with sixty questions at once."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.portal.browser.scenes import Machine
from tests.portal.browser.site import Site, serving
from tests.portal.people import SERVICE

QUESTIONS = 60
PAGES = ("/healthz", "/readyz", "/api/v1/services", "/sign-in")
HUNG_SECONDS = 60.0
LIMITS = httpx.Limits(max_connections=None)


@contextmanager
def deaf_endpoint() -> Iterator[str]:
    """An address that takes connections and never answers, as a stopped vLLM does."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(200)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def deployed(site: Site) -> str:
    """A running service; its id."""
    rosa = Machine(site, "rosa")
    change = rosa.change("/services", "previewed", **SERVICE)
    rosa.post(f"/changes/{change}/apply")
    rosa.reaches(change, "applied")
    service: str = rosa.get(f"/changes/{change}")["service"]
    rosa.close()
    return service


async def all_counted(site: Site, asked: list[asyncio.Task[httpx.Response]]) -> None:
    """Wait until each question either holds a place or was refused."""
    counted = 0
    async with asyncio.timeout(HUNG_SECONDS):
        while counted < len(asked):
            await asyncio.sleep(0.02)
            held = max(site.deps.slow._counts.values(), default=0)
            counted = held + sum(task.done() for task in asked)


async def meanwhile(site: Site, service: str) -> tuple[list[int], list[httpx.Response]]:
    """Send all questions, then ask for pages and probes; their statuses, and the questions that were refused."""
    headers = {"Authorization": f"Bearer {site.tokens['vera']}"}
    async with httpx.AsyncClient(
        base_url=site.url, headers=headers, timeout=HUNG_SECONDS, trust_env=False, limits=LIMITS
    ) as web:
        path = f"/api/v1/services/{service}/chat"
        asked = [asyncio.create_task(web.post(path, json={"message": "hi"})) for _ in range(QUESTIONS)]
        await all_counted(site, asked)
        statuses = [(await web.get(page)).status_code for page in PAGES]
        done = [task for task in asked if task.done()]
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        return statuses, [task.result() for task in done]


@pytest.mark.parametrize("most", [2, 1000])
def test_questions_that_hang_stop_neither_pages_nor_probes(tmp_path, sqlite_url, passwords, most):
    limits = {"slow_per_person": most, "slow_per_service": 1000}
    with deaf_endpoint() as endpoint, serving(tmp_path / "data", sqlite_url, passwords, **limits) as site:
        site.runner.endpoint = endpoint
        statuses, refused = asyncio.run(meanwhile(site, deployed(site)))
    assert statuses == [200] * len(PAGES)
    assert len(refused) == max(0, QUESTIONS - most)
    for answer in refused:
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "you have 2 questions or key reads under way" in answer.json()["detail"]


def test_a_pulumi_that_hangs_stops_neither_pages_nor_probes(tmp_path, sqlite_url, passwords):
    limits = {"slow_per_person": 1000, "slow_per_service": 1000}
    with serving(tmp_path / "data", sqlite_url, passwords, **limits) as site:
        service = deployed(site)
        with site.runner.hanging():
            statuses, refused = asyncio.run(meanwhile(site, service))
    assert (statuses, refused) == ([200] * len(PAGES), [])


def test_one_persons_applies_leave_room_for_other_peoples_reads(tmp_path, sqlite_url, passwords):
    with serving(tmp_path / "data", sqlite_url, passwords) as site:
        service = deployed(site)
        rosa = Machine(site, "rosa")
        change = rosa.change(f"/services/{service}/scale", "previewed", replicas=2)
        rosa.close()
        statuses, key = asyncio.run(_applies_then_a_key(site, change, service))
    assert statuses == [429] * (len(statuses))
    assert len(statuses) == QUESTIONS - site.deps.settings.slow_per_person
    assert key == 200


async def _applies_then_a_key(site: Site, change: str, service: str) -> tuple[list[int], int]:
    """Ask for an apply many times while Pulumi does not answer it; the refusals, and how another's key read ends."""
    async with httpx.AsyncClient(base_url=site.url, timeout=HUNG_SECONDS, trust_env=False, limits=LIMITS) as web:
        rosa, anna = ({"Authorization": f"Bearer {site.tokens[login]}"} for login in ("rosa", "anna"))
        with site.runner.hanging(applies=True):
            asked = [
                asyncio.create_task(web.post(f"/api/v1/changes/{change}/apply", headers=rosa)) for _ in range(QUESTIONS)
            ]
            await all_counted(site, asked)
            refused = [task.result().status_code for task in asked if task.done()]
            key = await web.get(f"/api/v1/services/{service}/key", headers=anna)
        await asyncio.gather(*asked, return_exceptions=True)
        return refused, key.status_code
