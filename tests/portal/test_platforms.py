"""Platforms that are read beside the pages: soon known, and one that cannot be read costs a read now and then."""

import threading

from portal.platforms import Platforms
from portal.runner.protocol import Exports, RunnerError
from tests.portal.fakes import FakeRunner
from tests.portal.gateway_table import EXPORTS
from tests.waiting import until


class CountingRunner(FakeRunner):
    """A runner that counts its reads, and whose platform may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []
        self.away = False
        self.gateway = EXPORTS

    def exports(self, stack: str) -> Exports:
        self.reads.append(stack)
        if self.away:
            raise RunnerError("Pulumi's backend does not answer")
        return super().exports(stack)


def settled() -> None:
    """Wait for the read beside the caller to end, if there is one."""
    until(lambda: all(thread.name != "platform-dev" for thread in threading.enumerate()))


def after_a_failure() -> Platforms:
    """A platform that could not be read beside a caller, and can be now."""
    runner = CountingRunner()
    runner.away = True
    platforms = Platforms(runner, ("dev",))
    platforms.known_gateways()
    settled()
    runner.away = False
    return platforms


def test_a_gateway_is_known_soon_after_the_first_look():
    platforms = Platforms(runner := CountingRunner(), ("dev",))
    until(platforms.known_gateways)
    assert platforms.known_gateways() == {"dev": platforms.gateway("dev")}
    assert runner.reads == ["dev"]


def test_a_platform_that_cannot_be_read_is_not_read_for_every_page():
    runner = CountingRunner()
    runner.away = True
    platforms = Platforms(runner, ("dev",))
    for _ in range(20):
        assert platforms.known_gateways() == {}
        settled()
    assert runner.reads == ["dev"]


def test_it_is_read_again_after_a_while(monkeypatch):
    monkeypatch.setattr("portal.platforms._AGAIN_SECONDS", 0.0)
    platforms = after_a_failure()
    platforms.known_gateways()
    until(lambda: "dev" in platforms.known_gateways())


def test_a_caller_that_needs_the_facts_waits_for_no_such_while():
    platforms = after_a_failure()
    assert platforms.facts("dev").region == "us-east-1"
