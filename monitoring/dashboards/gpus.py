"""Dashboard of the GPUs: how busy, how full, how hot, and which are broken."""

from monitoring.dashboards.panel import GPU_NODE, Dashboard, Panel, Query, Row, one

_NODES = 'node=~"$node"'
_GPU = "{{node}} GPU {{gpu}}"


def _each(metric: str, factor: str = "") -> tuple[Query, ...]:
    """A field of the exporter, of each GPU."""
    return one(f"max by (node, gpu) ({metric}{{{_NODES}}}){factor}", _GPU)


_USED, _FREE = f"DCGM_FI_DEV_FB_USED{{{_NODES}}}", f"DCGM_FI_DEV_FB_FREE{{{_NODES}}}"

_NOW = (
    Panel(
        title="GPUs",
        description="GPUs that the exporter sees.",
        unit="short",
        queries=one(f"count(DCGM_FI_DEV_GPU_UTIL{{{_NODES}}})"),
        kind="stat",
        width=6,
    ),
    Panel(
        title="Busy",
        description="GPUs that ran anything at the last scrape.",
        unit="short",
        queries=one(f"count(DCGM_FI_DEV_GPU_UTIL{{{_NODES}}} > 0) or vector(0)"),
        kind="stat",
        width=6,
    ),
    Panel(
        title="Idle for an hour",
        description="GPUs that ran nothing for an hour. They cost the same.",
        unit="short",
        queries=one(
            # By GPU, since its series has the name of the pod that has it: a new pod begins a new one.
            f"count(max by (node, gpu) (max_over_time(DCGM_FI_DEV_GPU_UTIL{{{_NODES}}}[1h])) == 0) or vector(0)"
        ),
        kind="stat",
        runbooks=("GpuIdle",),
        width=6,
    ),
    Panel(
        title="New XIDs in an hour",
        description="GPUs whose driver reported an error. The runbooks say which are the hardware's.",
        unit="short",
        queries=one(f"count(max by (node, gpu) (changes(DCGM_FI_DEV_XID_ERRORS{{{_NODES}}}[1h])) > 0) or vector(0)"),
        kind="stat",
        runbooks=("GpuXidHardware", "GpuXidApplication"),
        width=6,
    ),
)

_WORK = (
    Panel(
        title="Utilisation",
        description="Part of the time in which the GPU ran anything. 100 % does not mean that it is full.",
        unit="percentunit",
        queries=_each("DCGM_FI_DEV_GPU_UTIL", " / 100"),
        runbooks=("GpuIdle",),
        most=1,
    ),
    Panel(
        title="Tensor cores",
        description="Part of the cycles in which tensor cores worked: high while prompts are computed, low while tokens are made.",
        unit="percentunit",
        queries=_each("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
        most=1,
    ),
    Panel(
        title="Memory interface",
        description="Part of the cycles in which the GPU's memory was read or written: what bounds the making of tokens.",
        unit="percentunit",
        queries=_each("DCGM_FI_PROF_DRAM_ACTIVE"),
        most=1,
    ),
    Panel(
        title="Memory in use",
        description="vLLM takes its part when it starts, so this says nothing about load.",
        unit="percentunit",
        queries=one(f"max by (node, gpu) ({_USED} / ({_USED} + {_FREE}))", _GPU),
        most=1,
    ),
    Panel(
        title="Power",
        description="The best single sign of work.",
        unit="watt",
        queries=_each("DCGM_FI_DEV_POWER_USAGE"),
    ),
    Panel(
        title="Temperature",
        description="GPUs slow down near 85 to 90 °C, depending on the model.",
        unit="celsius",
        queries=_each("DCGM_FI_DEV_GPU_TEMP"),
    ),
)

_HEALTH = (
    Panel(
        title="Last XID",
        description="Number of the last error of the driver; it stays until the driver is loaded again. 0: none.",
        unit="none",
        queries=_each("DCGM_FI_DEV_XID_ERRORS"),
        runbooks=("GpuXidHardware", "GpuXidApplication"),
        width=12,
    ),
    Panel(
        title="Rows remapped for faults",
        description="Rows of memory with errors that could not be corrected, replaced by spare ones.",
        unit="short",
        queries=_each("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS"),
        width=12,
    ),
)

DASHBOARD = Dashboard(
    name="gpus",
    title="LLM GPUs",
    description="GPUs of all nodes: how busy, how full, how hot, and which are broken.",
    variables=(GPU_NODE,),
    rows=(
        Row(title="Now", panels=_NOW),
        Row(title="Work", panels=_WORK),
        Row(title="Health", panels=_HEALTH),
    ),
)
