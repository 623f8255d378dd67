"""State of a node's GPUs, from what the engines on it do and from the faults that are set."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rehearsal.images.gpu.faults import GpuFault
from rehearsal.images.gpu.use import GpuUse

_DRIVER = "580.95.05"
_IDLE_CELSIUS, _LOAD_CELSIUS = 32.0, 38.0
_IDLE_WATTS, _LOAD_WATTS = 25.0, 125.0
_IDLE_MHZ, _LOAD_MHZ, _MEMORY_MHZ = 210, 1500, 6250
_MEMORY_SHARE = 0.6
"""How busy the memory is while the GPU computes: decoding reads all weights for each token."""
_TENSOR_SHARE = 0.2
_NO_PROCESS_MIB = 4


@dataclass(frozen=True, kw_only=True)
class Owner:
    """The container that has a GPU."""

    namespace: str
    pod: str
    container: str


@dataclass(kw_only=True)
class Gpu:
    """One GPU.

    Attributes:
        index: Its number on the node.
        node: Name of the node.
        model: Such as ``NVIDIA A10G``.
        memory_mib: Its memory.
        busy: Share of the last interval in which it computed, 0 to 1.
        memory_share: Share of the memory that is held.
        owner: The container that has it.
        fault: What is wrong with it.
        energy_mj: Energy since the node began, in mJ.
    """

    index: int
    node: str
    model: str
    memory_mib: int
    busy: float = 0.0
    memory_share: float = 0.0
    owner: Owner | None = None
    fault: GpuFault = field(default_factory=GpuFault)
    energy_mj: float = 0.0

    @property
    def uuid(self) -> str:
        """Its UUID, the same as long as the node lives."""
        digest = hashlib.sha256(f"{self.node}/{self.index}".encode()).hexdigest()
        return f"GPU-{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"

    @property
    def watts(self) -> float:
        """Power draw."""
        return _IDLE_WATTS + _LOAD_WATTS * self.busy

    def value(self, name: str) -> float:
        """The value of a field.

        Raises:
            KeyError: the field has none.
        """
        used = max(_NO_PROCESS_MIB, round(self.memory_mib * self.memory_share))
        celsius = self.fault.temperature
        celsius = _IDLE_CELSIUS + _LOAD_CELSIUS * self.busy if celsius is None else celsius
        values = {
            "DEV_SM_CLOCK": _LOAD_MHZ if self.busy else _IDLE_MHZ,
            "DEV_MEM_CLOCK": _MEMORY_MHZ,
            "DEV_MEMORY_TEMP": round(celsius),
            "DEV_GPU_TEMP": round(celsius),
            "DEV_POWER_USAGE": round(self.watts, 3),
            "DEV_TOTAL_ENERGY_CONSUMPTION": round(self.energy_mj),
            "DEV_GPU_UTIL": round(100 * self.busy),
            "DEV_MEM_COPY_UTIL": round(100 * self.busy * _MEMORY_SHARE),
            "DEV_XID_ERRORS": self.fault.xid,
            "DEV_FB_FREE": self.memory_mib - used,
            "DEV_FB_USED": used,
            "PROF_GR_ENGINE_ACTIVE": round(self.busy, 6),
            "PROF_PIPE_TENSOR_ACTIVE": round(self.busy * _TENSOR_SHARE, 6),
            "PROF_DRAM_ACTIVE": round(self.busy * _MEMORY_SHARE, 6),
        }
        return values.get(name.removeprefix("DCGM_FI_"), 0)

    def label(self, name: str) -> str:
        """The value of a field that is a label."""
        return {"DCGM_FI_DRIVER_VERSION": _DRIVER}[name]


class Gpus:
    """The GPUs of one node."""

    def __init__(self, count: int, *, node: str, model: str, memory_mib: int) -> None:
        self.all = [Gpu(index=index, node=node, model=model, memory_mib=memory_mib) for index in range(count)]
        self._busy: dict[int, float] = {}
        self._held: dict[int, int] = {}

    def sample(self, uses: Sequence[GpuUse], faults: Mapping[int, GpuFault], seconds: float) -> None:
        """Take the state at the end of an interval.

        Args:
            uses: What the containers on the node do.
            faults: Faults by index of the GPU.
            seconds: Length of the interval.
        """
        by_process = {use.process: use for use in uses}
        self._held = {index: process for index, process in self._held.items() if process in by_process}
        for use in uses:
            self._give(use)
        for gpu in self.all:
            held = by_process.get(self._held.get(gpu.index, -1))
            gpu.owner = Owner(namespace=held.namespace, pod=held.pod, container=held.container) if held else None
            gpu.memory_share = held.memory_share if held else 0.0
            gpu.busy = self._share(held, seconds) if held else 0.0
            gpu.fault = faults.get(gpu.index, GpuFault())
            gpu.energy_mj += gpu.watts * seconds * 1000
        self._busy = {use.process: use.busy_seconds for use in uses}

    def _give(self, use: GpuUse) -> None:
        """Give a new process the first free GPUs, and leave one that has its own with them."""
        if use.process in self._held.values():
            return
        free = [gpu.index for gpu in self.all if gpu.index not in self._held]
        self._held |= dict.fromkeys(free[: use.gpus], use.process)

    def _share(self, use: GpuUse, seconds: float) -> float:
        computed = use.busy_seconds - self._busy.get(use.process, use.busy_seconds)
        return min(1.0, max(0.0, computed / seconds)) if seconds > 0 else 0.0
