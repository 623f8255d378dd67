"""What vLLM printed when it started, as requests to the planner; and how far off the planner is."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.catalog.gpus import gpu_named
from planner.catalog.models import known_model
from planner.defaults import apply_vllm_defaults
from planner.fit import Fit, FitRequest, fit
from planner.memory.cache_choice import CacheChoice
from planner.memory.kv_cache import kv_layout
from planner.memory.lora import Lora
from planner.memory.placement import stages
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.reading import read_architecture
from planner.units import GIB

ROWS = Path(__file__).parent / "rows"
SETS = ("calibration", "held_out")

_CHANNELS = {"group_0": {"weights": {"num_bits": 8, "type": "float", "strategy": "channel", "symmetric": True}}}
_OF_EXPERTS = [
    "lm_head",
    "re:.*mlp.gate$",
    "re:.*shared_expert_gate$",
    "re:.*router.*",
    "re:.*visual.*",
    "re:.*vision.*",
]
_MORE = [*_OF_EXPERTS, "re:.*linear_attn.*"]
CHECKPOINTS: dict[str, dict[str, Any]] = {
    "fp8": {"quant_method": "fp8", "activation_scheme": "dynamic"},
    "fp8-blocks": {"quant_method": "fp8", "weight_block_size": [128, 128], "modules_to_not_convert": _OF_EXPERTS},
    "fp8-channels": {"quant_method": "compressed-tensors", "config_groups": _CHANNELS, "ignore": _MORE},
    "fp8-but-attention": {
        "quant_method": "compressed-tensors",
        "config_groups": _CHANNELS,
        "ignore": [*_OF_EXPERTS, "re:.*self_attn.*", "re:.*multi_modal_projector.*"],
    },
    "modelopt-fp8": {"quant_method": "modelopt", "quant_algo": "FP8", "ignore": ["lm_head", "*.mixer.gate*"]},
}
"""Quantizations of checkpoints whose dimensions are those of another entry; what they keep is after the recipes for
Qwen3-Next and Llama 4 among the examples of vllm-project/llm-compressor."""


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
    def oldest(self) -> bool:
        """Whether it is of vLLM 0.8 or older, which has two engines; those have a line of their own."""
        return self.v0 or not self.request.engine.since(9)

    @property
    def kv_tokens(self) -> int | None:
        """Tokens it printed, or what its KV memory comes to; None where neither is known."""
        if "kv_tokens" in self.measured:
            return int(self.measured["kv_tokens"])
        if self.measured.get("kv", 0) <= 0:
            return None
        return self.held(self.measured["kv"])

    def held(self, gib: float) -> int:
        """Tokens that so much memory holds, as vLLM would print them."""
        deployment = apply_vllm_defaults(self.request)
        layout = kv_layout(deployment.shape, stages(deployment.shape, self.pp)[0], deployment.cache_options)
        return layout.tokens(gib * GIB, deployment.max_model_len)

    def fit(self) -> Fit:
        """What the planner says of it."""
        return fit(self.request, advise=False)


def rows(name: str) -> list[Row]:
    """The rows of one set."""
    files = sorted(ROWS.glob(f"{name}*.json"))
    return [_row(entry) for file in files for entry in json.loads(file.read_text(encoding="utf-8"))["rows"]]


def error(row: Row) -> float | None:
    """Relative error of the KV tokens; None where there is nothing to compare."""
    tokens = row.kv_tokens
    return row.fit().kv_tokens / tokens - 1 if tokens else None


def _row(entry: dict[str, Any]) -> Row:
    lora = entry.get("lora")
    request = FitRequest(
        shape=_shape(entry),
        gpu=gpu_named(entry["gpu"], entry["visible"]),
        gpus=entry["tp"] * entry["pp"] * entry.get("data_parallel", 1),
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
        expert_parallel=entry.get("expert_parallel", False),
        data_parallel=entry.get("data_parallel", 1),
        cache=CacheChoice(enable_prefix_caching=entry.get("prefix_caching")),
        lora=Lora(adapters=lora["adapters"], rank=lora["rank"]) if lora else None,
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


def _shape(entry: dict[str, Any]) -> ModelArchitecture:
    """The row's model in the catalogue, or one of the same dimensions with the row's quantization."""
    known = known_model(entry.get("same_as", entry["model"]))
    assert known is not None, entry["model"]
    config = dict(known.config)
    if "checkpoint" in entry:
        config = config | {"quantization_config": CHECKPOINTS[entry["checkpoint"]]}
    return read_architecture(config)
