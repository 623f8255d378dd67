"""Alerts on GPUs, from NVIDIA's DCGM exporter.

Its ``DCGM_FI_DEV_XID_ERRORS`` is the code of the last error and stays until the exporter starts again. Which codes leave the
GPU healthy is NVIDIA's list in its device plugin (NVIDIA/k8s-device-plugin, internal/rm/health.go, "Application errors: the
GPU should still be healthy"); that plugin withdraws a GPU for every other code, so those are called hardware here.
"""

from collections.abc import Mapping

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.rule import Alert, Group, Record

APPLICATION_XIDS: Mapping[int, str] = {
    13: "Graphics Engine Exception",
    31: "GPU memory page fault",
    43: "GPU stopped processing",
    45: "Preemptive cleanup, due to previous errors",
    68: "Video processor exception",
    109: "Context Switch Timeout Error",
}
_XID = "gpu:xid"
_HARDWARE = "gpu:xid_hardware"
_OF_GPU = "on (node, pool, gpu)"
_USD = "llm:gpu_usd_per_hour"
_UNUSED_MIB = 1024
"""Memory of a GPU that no engine has loaded: the driver's own part is below, and every model's weights are above."""


def group(args: RuleArgs) -> Group:
    """The rules; for clusters with the exporter."""
    xid = Record(name=_XID, expr="max by (node, pool, gpu) (DCGM_FI_DEV_XID_ERRORS)")
    xids = (xid, _hardware(), _xid_hardware(), _xid_application())
    return Group(name="llm-gpus", rules=(*_usd(args), *xids, _row_remap_failed(), _idle(args)))


def _usd(args: RuleArgs) -> tuple[Record, ...]:
    """What a GPU of each pool costs an hour, where the program knows it."""
    prices = (
        f'label_replace(vector({usd:.10g}), "pool", "{pool}", "", "")' for pool, usd in args.gpu_usd_per_hour.items()
    )
    expr = " or ".join(prices)
    return (Record(name=_USD, expr=expr),) if expr else ()


def _hardware() -> Record:
    """The last code of the hardware, carried on by itself: a code of the program often follows and takes its place.

    It ends when the exporter, started again, shows no error, or with the node; a GPU that fell off the bus may show nothing.
    A range of a day, in each evaluation, would read 2,880 samples of each GPU.
    """
    now = " and ".join(f"{_XID} != {code}" for code in (0, *APPLICATION_XIDS))
    before = f"last_over_time({_HARDWARE}[1h]) unless {_OF_GPU} ({_XID} == 0)"
    nodes = 'group by (node) (up{job="kubelet"})'
    return Record(name=_HARDWARE, expr=f"({now}) or {_OF_GPU} ({before} and on (node) {nodes})")


def _xid_hardware() -> Alert:
    return Alert(
        name="GpuXidHardware",
        expr=_HARDWARE,
        severity="critical",
        summary="GPU {{ $labels.gpu }} of node {{ $labels.node }} reports Xid {{ $value }}, a fault of the GPU or its driver",
        description="Drain the node and terminate its instance: a new one has another GPU. NVIDIA's catalogue has each code.",
    )


def _xid_application() -> Alert:
    codes = " or ".join(f"{_XID} == {code}" for code in APPLICATION_XIDS)
    before = f"last_over_time({_XID}[1h] offset 10m)"  # across a gap of the scrapes, too
    return Alert(
        name="GpuXidApplication",
        expr=f"({codes}) unless {_OF_GPU} ({before} == {_XID}) unless {_OF_GPU} {_HARDWARE}",
        severity="warning",
        summary="GPU {{ $labels.gpu }} of node {{ $labels.node }} reports Xid {{ $value }}, most often a fault of the program on it",
        description="The GPU should be healthy. Look at the log of the engine that has it: it may have ended and started again.",
    )


def _row_remap_failed() -> Alert:
    return Alert(
        name="GpuMemoryFailing",
        expr="max by (node, pool, gpu) (DCGM_FI_DEV_ROW_REMAP_FAILURE) > 0",
        severity="critical",
        summary="GPU {{ $labels.gpu }} of node {{ $labels.node }} cannot replace rows of its memory that failed",
        description="Its spare rows are used up. Drain the node and terminate its instance.",
    )


def _idle(args: RuleArgs) -> Alert:
    unused = f"max by (node, pool, gpu) (max_over_time(DCGM_FI_DEV_FB_USED[30m])) < {_UNUSED_MIB}"
    still = "max by (node, pool, gpu) (max_over_time(DCGM_FI_DEV_GPU_UTIL[30m])) < 1"
    idle = f"count by (node, pool) ({unused} and {still})"
    priced = f"{idle} * on (pool) group_left () {_USD} or " if args.gpu_usd_per_hour else ""
    return Alert(
        name="GpuIdle",
        expr=f"{priced}{idle} * 0",
        lasting="30m",
        severity="info",
        summary='No engine uses GPUs of node {{ $labels.node }} in pool {{ $labels.pool }}, which cost {{ $value | printf "%.2f" }} USD an hour',
        description=(
            "Their memory has been empty all the time (0.00 USD: the price is unknown). Make the pool smaller, or let "
            "Karpenter consolidate it."
        ),
    )
