"""What a cluster of many nodes costs its control plane: the real API server, controllers and scheduler, simulated nodes."""

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any

import httpx

from rehearsal.bench.cluster_figures import Figures, Listing, Rest, table
from rehearsal.bench.control_plane import ControlPlane
from rehearsal.bench.object_count import object_count
from rehearsal.bench.pending_pods import PendingPods
from rehearsal.bench.simulated_nodes import SimulatedNodes, machines
from rehearsal.nodes.api import Api
from rehearsal.nodes.store import Store

_LISTS = 5
_REST_SECONDS = 30.0
_NODES, _PODS = "/api/v1/nodes", "/api/v1/pods"
_DECISION = "scheduler_scheduling_algorithm_duration_seconds"


def curve(sizes: Sequence[int], *, rest_seconds: float = _REST_SECONDS) -> str:
    """Measure each size in a control plane of its own; a table with a column for each."""
    found = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-nodes-") as folder:
            try:
                found.append(asyncio.run(measure(size, Path(folder), rest_seconds=rest_seconds)))
            except ExceptionGroup as group:
                raise _first(group) from None
    return table(found)


async def measure(count: int, folder: Path, *, rest_seconds: float = _REST_SECONDS) -> Figures:
    """Figures of ``count`` nodes, in a control plane whose files are below ``folder``.

    Raises:
        SandboxError: a process of it does not start.
    """
    plane = ControlPlane(folder)
    try:
        await asyncio.to_thread(plane.start, "apiserver")
        await asyncio.to_thread(plane.start, "controllers")
        empty = plane.used("apiserver").memory
        async with _beside(plane.watch()), Api(plane.config) as api, _followed(api, _NODES) as nodes:
            simulated = SimulatedNodes(api, nodes, machines(count))
            began = time.monotonic()
            await simulated.register()
            registered = time.monotonic() - began
            await simulated.all_schedulable()
            schedulable = time.monotonic() - began
            async with _beside(simulated.heartbeat()):
                rest = await _rest(plane, rest_seconds)
                nodes_listed = await asyncio.to_thread(_list, plane, _NODES)
                async with _followed(api, _PODS) as pods:
                    pending = PendingPods(api, pods, count)
                    await pending.create()
                    await asyncio.to_thread(plane.start, "scheduler")
                    bound = await pending.all_bound()
                scheduler, decision = plane.used("scheduler"), await asyncio.to_thread(_decision, plane)
                pods_listed = await asyncio.to_thread(_list, plane, _PODS)
                objects, database = await object_count(api), await asyncio.to_thread(_database, plane)
                full = plane.used("apiserver").memory
        return Figures(
            nodes=count,
            empty=empty,
            registered=registered,
            schedulable=schedulable,
            rest=rest,
            nodes_listed=nodes_listed,
            pods_listed=pods_listed,
            bound=bound,
            decision=decision,
            scheduler=scheduler,
            full=full,
            objects=objects,
            database=database,
        )
    finally:
        plane.stop()


def _first(error: Exception) -> Exception:
    """What made the others of its group end."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run ``work`` as long as the block; its failure ends the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        yield
        task.cancel()


@contextlib.asynccontextmanager
async def _followed(api: Api, path: str) -> AsyncIterator[Store]:
    """All objects of a collection, kept up to date."""
    store = Store(api, path)
    async with _beside(store.run()):
        await store.synced.wait()
        yield store


async def _rest(plane: ControlPlane, seconds: float) -> Rest:
    roles = ("apiserver", "controllers")
    before = {role: plane.used(role) for role in roles}
    began = time.monotonic()
    await asyncio.sleep(seconds)
    passed = time.monotonic() - began
    after = {role: plane.used(role) for role in roles}
    return Rest(
        memory={role: after[role].memory for role in roles},
        cores={role: (after[role].cpu - before[role].cpu) / passed for role in roles},
    )


def _list(plane: ControlPlane, path: str) -> Listing:
    seconds, size = [], 0
    config = plane.config
    with httpx.Client(base_url=config.server, verify=config.ssl_context(), timeout=60.0, trust_env=False) as client:
        for _ in range(_LISTS):
            began = time.monotonic()
            size = len(client.get(path).raise_for_status().content)
            seconds.append(time.monotonic() - began)
    return Listing(seconds=statistics.median(seconds), size=size)


def _decision(plane: ControlPlane) -> float:
    samples = plane.samples("scheduler")
    total, count = (
        sum(value for name, _, value in samples if name == f"{_DECISION}_{part}") for part in ("sum", "count")
    )
    return total / count


def _database(plane: ControlPlane) -> int:
    samples = plane.samples("apiserver")
    return int(sum(value for name, _, value in samples if name == "apiserver_storage_size_bytes"))
