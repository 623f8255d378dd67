"""CPU and memory that the processes of pods use, as kubelet's cgroups would count them."""

import os
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

Key = tuple[str, str, str]
"""Namespace, pod and container."""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one process and its descendants use.

    Attributes:
        cpu: User and system time in seconds since the start, that of ended children included.
        memory: Resident memory in bytes.
        started: Start of the first process, in seconds since the epoch.
    """

    cpu: float
    memory: int
    started: float


@dataclass(frozen=True, kw_only=True)
class NodeUsage:
    """What a node's containers, and the node itself, use at one moment.

    Attributes:
        at: Seconds since the epoch.
        cpu: Core seconds of everything that ever ran on the node; it never falls.
        memory: Resident bytes of what runs now.
        containers: Usage of each container that runs.
    """

    at: float
    cpu: float
    memory: int
    containers: Mapping[Key, Usage]


def children_by_parent() -> Mapping[int, list[int]]:
    """Processes of this machine by the process that started them.

    psutil has this as `Process.children`, which reads all of /proc for each process.
    """
    found: dict[int, list[int]] = {}
    for ident in psutil.pids():
        with suppress(OSError):  # it has ended
            # proc(5): the name, which may contain spaces and brackets, is in brackets; state and parent follow it.
            fields = Path(f"/proc/{ident}/stat").read_bytes().rpartition(b")")[2].split()
            found.setdefault(int(fields[1]), []).append(ident)
    return found


def of_process(ident: int, children: Mapping[int, list[int]]) -> Usage | None:
    """Usage of a process and its descendants by `children_by_parent`; None if it has ended."""
    try:
        started = psutil.Process(ident).create_time()
    except psutil.NoSuchProcess:
        return None
    cpu, memory = 0.0, 0
    tree = [ident]
    while tree:
        one = tree.pop()
        tree += children.get(one, ())
        try:
            process = psutil.Process(one)
            with process.oneshot():
                times = process.cpu_times()
                cpu += times.user + times.system + times.children_user + times.children_system
                memory += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue  # its time is now among that of its parent's children
    return Usage(cpu=cpu, memory=memory, started=started)


class NodeCounter:
    """Counts one node's CPU seconds over the containers that come and go.

    The node's own processes, kubelet among them, are its share of this agent, which is the kubelet of all nodes.
    """

    def __init__(self) -> None:
        self._total = 0.0
        self._last: dict[tuple[Key, float], float] = {}
        self._lock = threading.Lock()

    def sample(self, processes: Iterable[tuple[Key, int]], share: float) -> NodeUsage:
        """Look at all containers now.

        Args:
            processes: Each container that runs and its process.
            share: The part of this agent that is counted as the node's own, such as 1/3 where there are three nodes.
        """
        with self._lock:
            return self._sample(processes, share)

    def _sample(self, processes: Iterable[tuple[Key, int]], share: float) -> NodeUsage:
        children = children_by_parent()
        containers = {key: usage for key, ident in processes if (usage := of_process(ident, children))}
        counted = {(key, usage.started): usage.cpu for key, usage in containers.items()}
        own = of_process_alone(os.getpid())
        counted[("", "", ""), own.started] = own.cpu * share
        # What ended since keeps its part of the total; a share that shrinks, as nodes come, takes nothing back.
        self._total += sum(max(0.0, cpu - self._last.get(key, 0.0)) for key, cpu in counted.items())
        self._last = {key: max(cpu, self._last.get(key, 0.0)) for key, cpu in counted.items()}
        memory = sum(usage.memory for usage in containers.values()) + int(own.memory * share)
        return NodeUsage(at=time.time(), cpu=self._total, memory=memory, containers=containers)


def of_process_alone(ident: int) -> Usage:
    """Usage of one process without its children."""
    process = psutil.Process(ident)
    times = process.cpu_times()
    return Usage(cpu=times.user + times.system, memory=process.memory_info().rss, started=process.create_time())
