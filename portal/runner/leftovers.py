"""After a destroy: what of it still exists or bills in AWS, by the search of ``llm-platform residue``.

A team's stack has no file that names its region or role, so they come from what its platform exports. Of a stack that goes
on with other services, theirs are not left: what is in the state, and load balancers of their Kubernetes Services.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from planner.cost.prices import list_prices
from portal.runner import reading
from portal.runner.protocol import Leftovers, Run, RunnerError
from portal.runner.workspace import Workspace
from preflight.cloud import PATIENT_SECONDS, Cloud, CloudError
from residue.context import Context
from residue.owner import Owner
from residue.resource import Resource
from residue.search import Residue, search
from settings.derived.platform_facts import FACTS_EXPORT, PlatformFacts

SECONDS: Final = 60.0
"""Longest time of a search: the destroy itself is done by then, and its job waits for it."""


class _NotLookedError(Exception):
    """The search could not be made."""


def look(run: Run, workspace: Workspace, state: Mapping[str, Any], seconds: float = SECONDS) -> Leftovers:
    """Search for what a destroy left; never raises, since the destroy itself is done.

    Args:
        run: The destroy, of a stack or of one of its services.
        workspace: The stack's workspace.
        state: The stack's deployment afterwards.
        seconds: Longest time.
    """
    try:
        found = _within(run, workspace, seconds)
    except _NotLookedError as problem:
        return Leftovers(problem=str(problem))
    services, named = run.config.get("services", {}), frozenset(_named(state))
    left = tuple(one for one in found.resources if not _of_others(one, run.stack, services, named))
    return Leftovers.model_validate(replace(found, resources=left).as_json())


def _within(run: Run, workspace: Workspace, seconds: float) -> Residue:
    answer: list[Residue | _NotLookedError] = []

    def work() -> None:
        try:
            answer.append(_search(run, workspace))
        except _NotLookedError as problem:
            answer.append(problem)
        except Exception as error:  # noqa: BLE001  whatever it is, the destroy is done and must be reported as done
            answer.append(_NotLookedError(f"{type(error).__name__}: {error}"))

    thread = threading.Thread(target=work, daemon=True, name="leftovers")
    thread.start()
    thread.join(seconds)
    if not answer:
        raise _NotLookedError(f"AWS did not answer everything in {seconds:.0f} s")
    if isinstance(answer[0], _NotLookedError):
        raise answer[0]
    return answer[0]


def _search(run: Run, workspace: Workspace) -> Residue:
    try:
        exported = reading.exports(workspace, secrets=False, stack=run.platform)
        facts = PlatformFacts.of_export(exported[FACTS_EXPORT])
    except (RunnerError, KeyError, ValidationError):
        raise _NotLookedError(f"platform {run.platform}, which names the region, cannot be read") from None
    cloud = Cloud(facts.region, facts.assume_role, read_seconds=PATIENT_SECONDS)
    try:
        account = cloud.ask("sts", "get_caller_identity")["Account"]
    except CloudError as error:
        raise _NotLookedError(f"AWS does not answer: {error}") from None
    if facts.account and facts.account != account:
        raise _NotLookedError(f"the portal's credentials are of account {account}, the platform is in {facts.account}")
    owner = Owner(project=workspace.project, stack=run.stack, region=facts.region, cluster=None)
    return search(Context(owner=owner, cloud=cloud, prices=list_prices()))


def _of_others(one: Resource, stack: str, services: Mapping[str, Any], named: frozenset[str]) -> bool:
    """Whether something found is of a service that goes on."""
    if one.id in named or one.id.rpartition("/")[2] in named:
        return True
    return any(one.detail.endswith(f"of Service {stack}/{name}") for name in services)


def _named(state: Mapping[str, Any]) -> Iterator[str]:
    """Ids, names and ARNs of the resources in a state."""
    for resource in state.get("resources") or ():
        outputs = resource.get("outputs") or {}
        for value in (resource.get("id"), *(outputs.get(key) for key in ("arn", "name", "id"))):
            if isinstance(value, str) and value:
                yield value
                yield value.rpartition("/")[2]
