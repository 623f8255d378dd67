"""Dollars for a million output tokens, as a range from first principles: no benchmark is promised.

Decoding is bound by memory bandwidth: each step reads every weight once, whatever the number of requests in the batch
(Pope et al., "Efficiently Scaling Transformer Inference", 2022). So, for one replica::

    slowest = LOW_BANDWIDTH * GPUs * bandwidth / active weights                         one request at a time
    fastest = HIGH_BANDWIDTH * GPUs * bandwidth / weights * max_num_seqs                a full batch of short contexts,
              and at most COMPUTE * GPUs * FLOP/s / (2 * active parameters)             bound by computing

"Active" is what one token passes: all of a dense model, some experts of a mixture; a full batch touches every expert.
Prompts are taken as free: a service that mostly reads is dearer than the dear end.
"""

from dataclasses import dataclass
from functools import cache

from planner.catalog.instances import Gpu
from planner.tables import read_table
from planner.units import GIB

LOW_BANDWIDTH = 0.4
"""Share of the data sheet's bandwidth a single stream reaches over several GPUs on PCIe."""
HIGH_BANDWIDTH = 0.8
"""Share that good kernels reach on one GPU."""
COMPUTE = 0.5
"""Share of the data sheet's dense 16-bit throughput that large batches reach."""
DEFAULT_SEQS = 256
DEFAULT_SEQS_LARGE = 1024
LARGE_GPU_MIB = 70 * 1024
"""vLLM's own default of max_num_seqs, and the GPU memory from which it is the larger one (vllm/engine/arg_utils.py)."""
SECONDS_AN_HOUR = 3600
MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class TokenCost:
    """A range of dollars for a million output tokens, and what it rests on."""

    usd_low: float
    """US dollars with a full batch."""
    usd_high: float
    """US dollars with one request at a time."""
    tokens_per_second_low: float
    """Output tokens a second of one replica, one request at a time."""
    tokens_per_second_high: float
    """The same with a full batch."""
    busy: float
    """Share of the time it is assumed to decode, 0 to 1."""
    basis: str
    """How the range was computed."""


@dataclass(frozen=True, kw_only=True)
class _Speed:
    bytes_per_second: float
    flops: float


def token_cost(
    *,
    gpu: Gpu,
    gpus: int,
    usd_per_hour: float,
    weights_gib: float,
    weight_bits: int,
    active_share: float = 1.0,
    max_num_seqs: int | None = None,
    busy: float = 1.0,
) -> TokenCost | None:
    """The range for one replica that costs ``usd_per_hour``; None if the GPU's speed is not in the table, or
    the size of the weights is unknown (0).

    Args:
        gpu: its GPUs.
        gpus: how many.
        usd_per_hour: what they cost an hour.
        weights_gib: size of the weights in GiB.
        weight_bits: bits of each weight.
        active_share: share of the parameters that one token passes, 0 to 1.
        max_num_seqs: requests in a full batch; None for vLLM's default.
        busy: share of the time it decodes.

    Raises:
        ValueError: ``busy`` is not above 0 and at most 1.
    """
    if not 0 < busy <= 1:
        raise ValueError(f"busy is {busy}: a share of the time, above 0 and at most 1")
    speed = _speeds().get(_speed_name(gpu))
    if speed is None or not weights_gib:
        return None
    size = weights_gib * GIB
    batch = max_num_seqs or (DEFAULT_SEQS_LARGE if gpu.memory_mib >= LARGE_GPU_MIB else DEFAULT_SEQS)
    reads = gpus * speed.bytes_per_second / size
    computed = COMPUTE * gpus * speed.flops / (2 * size * 8 / weight_bits * active_share)
    slow = LOW_BANDWIDTH * reads / active_share
    fast = max(slow, min(HIGH_BANDWIDTH * reads * batch, computed))
    dear, cheap = (usd_per_hour / (rate * busy * SECONDS_AN_HOUR) * MILLION for rate in (slow, fast))
    return TokenCost(
        usd_low=cheap,
        usd_high=dear,
        tokens_per_second_low=slow,
        tokens_per_second_high=fast,
        busy=busy,
        basis=(
            f"decoding bound by memory bandwidth: {gpus} x {gpu.name}, {round(weights_gib, 1):g} GiB of weights"
            f"{'' if active_share == 1 else f', {active_share:.0%} of them active'}, "
            f"from 1 request at a time to {batch}, {busy:.0%} of the time; prompts not counted"
        ),
    )


def _speed_name(gpu: Gpu) -> str:
    """The name in the table; the A100 comes with two memories."""
    return f"A100 {'80' if gpu.memory_mib > 50_000 else '40'}GB" if gpu.name == "A100" else gpu.name


@cache
def _speeds() -> dict[str, _Speed]:
    table = read_table("gpu-speed.json")
    return {
        name: _Speed(bytes_per_second=row["gb_per_s"] * 1e9, flops=row["tflops_16bit"] * 1e12)
        for name, row in table["gpus"].items()
    }
