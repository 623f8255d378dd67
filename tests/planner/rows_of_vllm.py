"""What vLLM printed when it started, as requests to the planner; and how far off the planner is."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.catalog.gpus import gpu_named
from planner.catalog.models import known_model
from planner.defaults import apply_vllm_defaults
from planner.fit import Fit, FitRequest, fit
from planner.memory.kv_cache import kv_layout
from planner.memory.placement import stages
from planner.memory.vllm_version import GIB, VllmVersion

ROWS = Path(__file__).parent / "rows"
SETS = ("calibration", "held_out")


@dataclass(frozen=True)
class Row:
    """One start of vLLM."""

    source: str
    model: str
    vllm: str
    gpu: str
    tp: int
    pp: int
    request: FitRequest
    measured: dict[str, Any]
    v0: bool

    @property
    def name(self) -> str:
        """What to call it in a list of tests."""
        request = self.request
        extra = "-".join(
            filter(
                None,
                (request.quantization, request.dtype != "auto" and request.dtype, request.enforce_eager and "eager"),
            )
        )
        degrees = f"tp{self.tp}-pp{self.pp}"
        short = self.model.rpartition("/")[2]
        cache = request.kv_cache_dtype if request.kv_cache_dtype != "auto" else ""
        return f"{self.vllm}-{self.gpu}-{short}-{degrees}-{request.max_model_len}{extra and '-' + extra}{cache}"

    @property
    def kv_tokens(self) -> int | None:
        """Tokens it printed, or what its KV memory comes to; None where neither is known."""
        if "kv_tokens" in self.measured:
            return int(self.measured["kv_tokens"])
        if self.measured.get("kv", 0) <= 0:
            return None
        deployment = apply_vllm_defaults(self.request)
        layout = kv_layout(deployment.shape, stages(deployment.shape, self.pp)[0], deployment.cache_options)
        return layout.tokens(self.measured["kv"] * GIB, deployment.max_model_len)

    def fit(self) -> Fit:
        """What the planner says of it."""
        return fit(self.request, advise=False)


def rows(name: str) -> list[Row]:
    """The rows of one set."""
    return [_row(entry) for entry in json.loads((ROWS / f"{name}.json").read_text(encoding="utf-8"))["rows"]]


def error(row: Row) -> float | None:
    """Relative error of the KV tokens; None where there is nothing to compare."""
    tokens = row.kv_tokens
    return row.fit().kv_tokens / tokens - 1 if tokens else None


def _row(entry: dict[str, Any]) -> Row:
    known = known_model(entry["model"])
    assert known is not None, entry["model"]
    request = FitRequest(
        shape=known.shape,
        gpu=gpu_named(entry["gpu"], entry["visible"]),
        gpus=entry["tp"] * entry["pp"],
        tensor_parallel=entry["tp"],
        pipeline_parallel=entry["pp"],
        dtype=entry.get("dtype", "auto"),
        quantization=entry.get("quantization"),
        kv_cache_dtype=entry.get("kv_cache_dtype", "auto"),
        utilization=entry["utilization"],
        max_model_len=entry["max_model_len"],
        max_num_seqs=entry.get("max_num_seqs"),
        max_num_batched_tokens=entry.get("max_num_batched_tokens"),
        enforce_eager=entry.get("eager", False),
        engine=VllmVersion.of(entry["vllm"]),
    )
    return Row(
        source=entry["source"],
        model=entry["model"],
        vllm=entry["vllm"],
        gpu=entry["gpu"],
        tp=entry["tp"],
        pp=entry["pp"],
        request=request,
        measured=entry["measured"],
        v0="engine" in entry,
    )
