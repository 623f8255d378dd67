"""Main memory that options of ``vllm serve`` keep for the KV cache and for pictures: how much, and what of it in /dev/shm.

From the sources of vLLM 0.8 to 0.33 (``vllm/config/vllm.py``, ``vllm/v1/kv_offload``, ``vllm/distributed/kv_transfer``):

- ``kv-offloading-size`` (since 0.11) is the total of all ranks in GiB, as ``cpu_bytes_to_use`` of an ``OffloadingConnector`` is in
  bytes. Since 0.27 the ranks share a file of that size in /dev/shm (vllm-project/vllm#50094), and vLLM ends where the file
  system is smaller (#50358, opendatahub-io/kserve#1842). Before that each rank pins memory, which PyTorch rounds up to powers of
  two: up to twice as much, 1.92 times was measured (#53042, #48436). ``TieringOffloadingSpec`` used the file from the start.
- ``SimpleCPUOffloadConnector`` pins ``cpu_bytes_to_use`` in all, 8 GiB where it is not set.
- LMCache in vLLM's processes (``LMCacheConnectorV1``) takes ``lmcache.max_local_cpu_size`` GiB a rank, 5 where it is not set, unless
  ``lmcache.local_cpu`` is false. ``kv-offloading-backend: lmcache`` divides ``kv-offloading-size`` by the ranks before 0.23; since then
  the cache is in a server of its own (``LMCacheMPConnector``), outside the pod.
- ``swap-space`` is GiB a GPU, pinned by the engine of before 0.11; the later engine ignored it until 0.18 removed it.
- ``mm-processor-cache-gb`` is held by the API server and by the engine; with ``mm-processor-cache-type: shm`` once, in /dev/shm.
- ``NixlConnector`` and ``MooncakeConnector`` hand blocks from GPU to GPU and keep none here.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from planner.memory.vllm_version import VllmVersion
from planner.units import GIB

PINNED_ROUNDING: Final = 2.0
"""Pinned memory over what was requested: PyTorch rounds each allocation up to a power of two."""
FIRST_SHARED: Final = 27
"""First 0.x release whose ranks share the offloaded KV cache in /dev/shm."""
FIRST_LMCACHE_SERVER: Final = 23
LAST_SWAPPING: Final = 10
SIMPLE_DEFAULT_GIB: Final = 8.0
LMCACHE_DEFAULT_GIB: Final = 5.0
_TRANSFER: Final = "kv-transfer-config"
_EXTRA: Final = "kv_connector_extra_config"
MOST_GIB: Final = 1_000_000.0
"""No host has more; what is requested beyond it counts as this."""


@dataclass(frozen=True, kw_only=True)
class HostBuffers:
    """GiB of main memory of one replica, beside its processes and weights."""

    shared_gib: float = 0.0
    """Files in /dev/shm, which count against the pod's memory too."""
    private_gib: float = 0.0
    """Memory of the processes themselves."""
    options: tuple[str, ...] = ()
    """The options of ``vllm serve`` that take it."""

    @property
    def gib(self) -> float:
        """All of it."""
        return self.shared_gib + self.private_gib


def host_buffers(args: Mapping[str, Any], *, release: VllmVersion, ranks: int) -> HostBuffers:
    """The main memory that options take.

    Args:
        args: options of ``vllm serve`` without their dashes; values that are no numbers take nothing.
        release: version of vLLM.
        ranks: GPU processes of the replica.
    """
    found = [
        *_offloading(args, release),
        *(held for one in _transfer(args) for held in _connector(one, release, ranks)),
        *_pictures(args),
        *_swap(args, release, ranks),
    ]
    return HostBuffers(
        shared_gib=min(MOST_GIB, sum(one.shared_gib for one in found)),
        private_gib=min(MOST_GIB, sum(one.private_gib for one in found)),
        options=tuple(dict.fromkeys(name for one in found for name in one.options)),
    )


def _offloading(args: Mapping[str, Any], release: VllmVersion) -> Iterator[HostBuffers]:
    size, option = number(args.get("kv-offloading-size")), "kv-offloading-size"
    if not size:
        return
    if args.get("kv-offloading-backend") == "lmcache":
        if not release.since(FIRST_LMCACHE_SERVER):
            yield HostBuffers(private_gib=size, options=(option,))
        return
    yield _native(option, size, release, shared=release.since(FIRST_SHARED))


def _native(option: str, size: float, release: VllmVersion, *, shared: bool) -> HostBuffers:
    if shared:
        return HostBuffers(shared_gib=size, options=(option,))
    rounding = 1.0 if release.since(FIRST_SHARED) else PINNED_ROUNDING
    return HostBuffers(private_gib=size * rounding, options=(option,))


def _transfer(args: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The connector of ``kv-transfer-config``, or those that a MultiConnector joins."""
    config = _object(args.get(_TRANSFER))
    joined = (
        _object(config.get(_EXTRA)).get("connectors") if config.get("kv_connector") == "MultiConnector" else [config]
    )
    yield from map(_object, joined if isinstance(joined, list | tuple) else ())


def _connector(config: Mapping[str, Any], release: VllmVersion, ranks: int) -> Iterator[HostBuffers]:
    option, extra = _TRANSFER, _object(config.get(_EXTRA))
    name, stated = config.get("kv_connector"), number(extra.get("cpu_bytes_to_use")) / GIB
    if name == "OffloadingConnector" and stated:
        tiered = extra.get("spec_name") == "TieringOffloadingSpec"
        yield _native(option, stated, release, shared=tiered or release.since(FIRST_SHARED))
    elif name == "SimpleCPUOffloadConnector":
        a_rank = number(extra.get("cpu_bytes_to_use_per_rank")) / GIB
        size = a_rank * ranks or stated or SIMPLE_DEFAULT_GIB
        yield HostBuffers(private_gib=size, options=(option,))
    elif name == "LMCacheConnectorV1" and extra.get("lmcache.local_cpu", True) is not False:
        size = number(extra.get("lmcache.max_local_cpu_size", LMCACHE_DEFAULT_GIB))
        yield HostBuffers(private_gib=size * ranks, options=(option,))


def _pictures(args: Mapping[str, Any]) -> Iterator[HostBuffers]:
    option = "mm-processor-cache-gb"
    size = number(args.get(option))
    if args.get("mm-processor-cache-type") == "shm":
        yield HostBuffers(shared_gib=size if option in args else 4.0, options=("mm-processor-cache-type",))
    elif size:
        yield HostBuffers(private_gib=2 * size, options=(option,))


def _swap(args: Mapping[str, Any], release: VllmVersion, ranks: int) -> Iterator[HostBuffers]:
    size = number(args.get("swap-space"))
    if size and not release.since(LAST_SWAPPING + 1):
        yield HostBuffers(private_gib=size * ranks, options=("swap-space",))


def number(value: object) -> float:
    """A positive number in an option, also as text; 0 for anything else, and at most what no host has."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0.0
    try:
        found = float(value)
    except ValueError:
        return 0.0
    except OverflowError:
        return MOST_GIB * GIB
    return found if math.isfinite(found) and found > 0 else 0.0


def _object(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}
