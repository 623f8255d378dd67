"""Targets: registration, health, and how they leave."""

import asyncio
from collections.abc import Iterator

import pytest

from rehearsal.nodes import http_get
from rehearsal.nodes.alb import targets as module
from rehearsal.nodes.alb.ingress import HealthCheck
from rehearsal.nodes.alb.targets import Target, Targets


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    codes: dict[str, int] = {}

    async def status_of(_get: object, address: str, _ports: object, *, agent: str) -> int:
        assert agent.startswith("ELB-HealthChecker")
        return codes[address]

    monkeypatch.setattr(http_get, "status_of", status_of)
    return codes  # type: ignore[return-value]


def target(address: str) -> Target:
    return Target(namespace="llm", pod=f"pod-{address}", address=address, port=8080)


def test_a_new_target_needs_one_check_and_a_failing_one_two(clock: Clock, codes: dict[str, int]) -> None:
    known = Targets(HealthCheck(interval=5))
    known.register([target("a"), target("b")])
    codes |= {"a": 200, "b": 503}
    assert [one.address for one in asyncio.run(known.check())] == ["a"]
    assert known.serving() == [("a", 8080)]
    codes["a"] = 503
    for expected in ([("a", 8080)], [("a", 8080), ("b", 8080)]):  # with none healthy it sends to all
        clock.now += 5
        asyncio.run(known.check())
        assert known.serving() == expected


def test_what_is_healthy_is_asked_once_an_interval(clock: Clock, codes: dict[str, int]) -> None:
    known = Targets(HealthCheck(interval=5))
    known.register([target("a")])
    codes["a"] = 200
    asyncio.run(known.check())
    codes.clear()
    clock.now += 4
    assert asyncio.run(known.check()) == []


def test_a_target_that_goes_gets_requests_for_another_second(clock: Clock, codes: dict[str, int]) -> None:
    known = Targets(HealthCheck())
    codes |= {"a": 200, "b": 200}
    known.register([target("a"), target("b")])
    asyncio.run(known.check())
    known.register([target("b")])
    assert known.serving() == [("a", 8080), ("b", 8080)]
    clock.now += 1
    known.register([target("b")])
    assert known.serving() == [("b", 8080)]
