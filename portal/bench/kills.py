"""Benchmark that kills the portal in the middle of running jobs: does it report the truth afterwards?"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.bench.person import SERVICE, Person
from portal.bench.server import BenchError, Server, locks_of, state_of

_LENGTHS = (8192, 4096)


@dataclass(frozen=True, kw_only=True)
class Round:
    """Result of one kill."""

    runs_too: bool
    ended: dict[str, int]
    """Jobs by status."""
    lies: list[str]
    """Reports that are not true; empty in a correct portal."""
    ready_seconds: float
    settled_seconds: float
    """From the start of the new portal to the end of the last job."""


def rounds(server: Server, teams: list[str], count: int, tell: Callable[[str], None]) -> Iterator[Round]:
    """Change a service of every team at once, kill the portal meanwhile, start it, compare; ``count`` times.

    Every other time its runs are killed as well, as when a machine goes down.
    """
    with contextlib.ExitStack() as stack:
        people = {team: stack.enter_context(Person(server, f"{team}-requester")) for team in teams}
        yield from _rounds(server, people, count, tell)


def _rounds(server: Server, people: dict[str, Person], count: int, tell: Callable[[str], None]) -> Iterator[Round]:
    for number in range(count):
        changes = {team: _wanted(person, team, _LENGTHS[number % 2]) for team, person in people.items()}
        for team, (_, job) in changes.items():
            if (found := people[team].ended(job))["status"] != "succeeded":
                raise BenchError(f"preview of {team}: {found['status']} {found['error']}")
        jobs = {
            team: people[team].accepted("POST", f"/changes/{change}/apply", {})["job"]
            for team, (change, _) in changes.items()
        }
        _wait_until_running(people, jobs)
        time.sleep(random.SystemRandom().uniform(0.0, 12.0))
        yield _kill_and_compare(server, people, jobs, _LENGTHS[number % 2], runs_too=number % 2 == 1)
        tell(f"kill {number + 1} of {count}")


def _wanted(person: Person, team: str, length: int) -> tuple[str, str]:
    """Ask for the team's service with this context; returns the change and its preview's job."""
    for change in person.get("/changes"):
        if change["status"] in {"previewed", "waiting", "approved"}:
            person.send("POST", f"/changes/{change['id']}/withdraw", {})
    services = person.get("/services")
    if not services:
        asked = person.accepted("POST", "/services", SERVICE | {"team": team, "max_model_len": length})
    else:
        body = {name: value for name, value in SERVICE.items() if name not in {"platform", "name"}}
        asked = person.accepted("PUT", f"/services/{services[0]['id']}", body | {"max_model_len": length})
    return asked["change"], asked["job"]


def _wait_until_running(people: dict[str, Person], jobs: dict[str, str]) -> None:
    while any(people[team].get(f"/jobs/{job}")["status"] == "queued" for team, job in jobs.items()):
        time.sleep(0.1)


def _kill_and_compare(
    server: Server, people: dict[str, Person], jobs: dict[str, str], length: int, *, runs_too: bool
) -> Round:
    server.kill(runs_too=runs_too)
    began = time.monotonic()
    ready = server.start()
    ended: dict[str, int] = {}
    lies = []
    for team, job in jobs.items():
        found = people[team].ended(job)
        ended[found["status"]] = ended.get(found["status"], 0) + 1
        if problem := _lie(server.connection, server.data, team, found["status"], length):
            lies.append(f"{team}: told {found['status']} ({found['error']}), but {problem}")
    settled = time.monotonic() - began
    return Round(runs_too=runs_too, ended=ended, lies=lies, ready_seconds=ready, settled_seconds=settled)


def _lie(connection: Path, data: Path, team: str, told: str, length: int) -> str | None:
    """Return how a stack's state contradicts the reported job; None when it does not."""
    state = state_of(connection, f"dev-{team}", data)
    if locks := locks_of(connection, f"dev-{team}"):
        return f"{locks} lock(s) were left"
    pending = state.get("pending_operations") or []
    if pending:
        return f"{len(pending)} operations are still pending in the state"
    deployed = [
        resource for resource in state.get("resources") or [] if resource["type"] == "kubernetes:apps/v1:Deployment"
    ]
    done = len(deployed) == 1 and f"--max-model-len={length}" in str(deployed[0]["inputs"])
    if told == "succeeded" and not done:
        return "the stack is not as requested"
    if told in {"failed", "stale", "cancelled"} and done:
        return "the stack is as requested"
    return None
