"""The faults by name: what is done, and which alerts have to follow.

Alerts are named as in ``monitoring/rules``; a test compares them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from rehearsal.chaos.alerting import requests
from rehearsal.chaos.alerting.stage import Stage
from rehearsal.images.gpu.faults import GpuFault
from rehearsal.images.vllm.faults import EngineFaults

_FLOOD_SLOTS, _FLOOD_TOKEN_SECONDS, _FLOOD_REQUESTS = 2, 0.004, 16
"""Two requests of 32 tokens take 0.13 s, so of 16 at once 14 wait, each 0.9 s: a queue that is long and moves, so
that first tokens are late only on a machine that is slow."""
DEFAULT_XID = 79


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a fault hits."""

    service: str = ""
    node: str = ""
    xid: int = DEFAULT_XID


Fault: TypeAlias = Callable[[Stage, Subject], AbstractContextManager[str]]
"""Sets the fault, yields what was done in words, and clears it at the end."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One fault.

    Attributes:
        about: What happens.
        alerts: The alerts that have to follow.
        fault: Makes it happen.
        possible: Alerts that may follow beside them, by the load of the machine; any other is wrong.
    """

    about: str
    alerts: frozenset[str]
    fault: Fault
    possible: frozenset[str] = frozenset()


@contextmanager
def _replica_killed(stage: Stage, subject: Subject) -> Iterator[str]:
    with stage.engine_fault(subject.service, EngineFaults(dead=True)) as folders:
        yield f"the processes of {_count(len(folders), 'replica')} of {subject.service} are killed, and end again after each start"


@contextmanager
def _xid(stage: Stage, subject: Subject) -> Iterator[str]:
    node = stage.gpu_node(subject.node).name
    with stage.gpu_fault(node, GpuFault(xid=subject.xid)):
        yield f"GPU 0 of {node} reports Xid {subject.xid}"


@contextmanager
def _queue_flood(stage: Stage, subject: Subject) -> Iterator[str]:
    fault = EngineFaults(slots=_FLOOD_SLOTS, token_seconds=_FLOOD_TOKEN_SECONDS)
    with stage.engine_fault(subject.service, fault) as folders:
        at_once = _FLOOD_REQUESTS * len(folders)
        with requests.sent(stage, subject.service, at_once=at_once):
            yield f"{at_once} requests at once to {subject.service}, of which each replica runs {_FLOOD_SLOTS}"


@contextmanager
def _idle_service(stage: Stage, subject: Subject) -> Iterator[str]:
    stage.engines(subject.service)
    yield f"nothing is sent to {subject.service} from here: end whatever else sends requests"


@contextmanager
def _vanished_series(stage: Stage, subject: Subject) -> Iterator[str]:
    with stage.engine_fault(subject.service, EngineFaults(no_metrics=True)) as folders:
        yield f"{_count(len(folders), 'replica')} of {subject.service} answer requests, and show no metrics"


@contextmanager
def _gateway_budget(stage: Stage, subject: Subject) -> Iterator[str]:
    with requests.tenant_with_budget(stage, subject.service) as tenant:
        yield f"tenant {tenant} has spent its budget, and is answered 429"


SCENARIOS: Mapping[str, Scenario] = MappingProxyType(
    {
        "replica-killed": Scenario(
            about="The processes of all replicas of a service end, and end again after each start.",
            alerts=frozenset({"LlmNoReplica"}),
            fault=_replica_killed,
        ),
        "xid": Scenario(about="A GPU reports an Xid error.", alerts=frozenset({"GpuXidHardware"}), fault=_xid),
        "queue-flood": Scenario(
            about="More requests come than the replicas of a service run at once.",
            alerts=frozenset({"LlmQueueLong"}),
            fault=_queue_flood,
            possible=frozenset({"LlmFirstTokenSlow"}),
        ),
        "idle-service": Scenario(
            about="A service gets no request for the hours of its setting idle_hours.",
            alerts=frozenset({"LlmServiceIdle"}),
            fault=_idle_service,
        ),
        "vanished-series": Scenario(
            about="The engines of a service answer requests, and show no metrics any more.",
            alerts=frozenset({"LlmMetricsVanished"}),
            fault=_vanished_series,
        ),
        "gateway-budget": Scenario(
            about="A tenant of the gateway spends its budget.",
            alerts=frozenset({"LlmBudgetSpent"}),
            fault=_gateway_budget,
        ),
    }
)
APPLICATION_XID_ALERTS = frozenset({"GpuXidApplication"})


def expected(name: str, subject: Subject, application_xids: frozenset[int]) -> frozenset[str]:
    """The alerts that follow a fault; those of an Xid depend on its code.

    Args:
        name: The fault.
        subject: What it hits.
        application_xids: Codes after which the GPU is healthy.
    """
    if name == "xid" and subject.xid in application_xids:
        return APPLICATION_XID_ALERTS
    return SCENARIOS[name].alerts


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
