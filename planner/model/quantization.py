"""How weights are quantized: bytes a parameter, and which modules stay in 16 bits."""

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SCALE_BYTES = 2
FP8_EDGE = 128
FP8_BLOCK = FP8_EDGE * FP8_EDGE
BNB_BLOCK = 64
MXFP4_GROUP = 32
NVFP4_GROUP = 16
DEFAULT_GROUP = 128
_FULL_NAME_DOTS = 3
NEED_A_CHECKPOINT = frozenset(
    {
        "awq",
        "awq_marlin",
        "compressed-tensors",
        "fbgemm_fp8",
        "gptq",
        "gptq_marlin",
        "modelopt",
        "modelopt_fp4",
        "mxfp4",
    }
)
"""Methods vLLM reads, but does not apply to weights in 16 bits."""


class UnknownQuantizationError(ValueError):
    """A quantization method that the planner does not model; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """One way to store the weights of linear layers."""

    method: str
    """vLLM's name of the method, such as ``fp8`` or ``awq``; empty for none."""
    bits: float = 16
    """Bits of one quantized parameter, without its share of scales."""
    overhead_bytes: float = 0.0
    """Bytes of scales and zero points that one parameter pays for."""
    kept: tuple[str, ...] = ()
    """Modules that stay as they are: names, parts of names, or ``re:`` expressions."""
    experts_only: bool = False
    """Whether only the experts are quantized."""
    group: int = 0
    """Neighbouring weights that share a scale; tensor parallelism may not cut them. 0 where none do."""
    padding: int = 1
    """Multiple to which the dimensions of quantized experts are padded."""

    @property
    def family(self) -> str:
        """What the GPU must be able to load: fp8, fp4, int4, int8 or nothing special."""
        if not self.method:
            return ""
        if self.method in {"mxfp4", "gpt_oss_mxfp4"}:
            return "mxfp4"
        if "fp4" in self.method:
            return "fp4"
        if "fp8" in self.method:
            return "fp8"
        return "int4" if self.bits <= 4 else "int8"

    @property
    def bytes_per_parameter(self) -> float:
        """Bytes of one parameter of a quantized module."""
        return self.bits / 8 + self.overhead_bytes

    @cached_property
    def names_layers(self) -> bool:
        """Whether its exceptions differ from layer to layer."""
        return any(character.isdigit() for entry in self.kept for character in entry)

    @cached_property
    def _plain(self) -> frozenset[str]:
        # Long lists name every module in full: those are found by equality, without a scan of the list.
        return frozenset(entry for entry in self.kept if entry.count(".") >= _FULL_NAME_DOTS)

    @cached_property
    def _parts(self) -> tuple[str, ...]:
        return tuple(f".{entry}." for entry in self.kept if entry not in self._plain and not _is_pattern(entry))

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        return tuple(
            re.compile(entry.removeprefix("re:") if entry.startswith("re:") else fnmatch.translate(entry))
            for entry in self.kept
            if _is_pattern(entry)
        )

    def keeps(self, module: str) -> bool:
        """Whether a module, by a name such as ``layers.0.self_attn.q_proj``, stays in 16 bits."""
        if not self.method or module in self._plain:
            return True
        if any(part in f".{module}." for part in self._parts):
            return True
        names = (module, f"model.{module}")
        return any(pattern.match(name) for pattern in self._patterns for name in names)


UNQUANTIZED = Quantization(method="")


def of_method(method: str) -> Quantization:
    """What ``--quantization METHOD`` makes of a model in 16 bits: while it loads, or in a checkpoint made for it.

    Raises:
        UnknownQuantizationError: nothing is known of the method.
    """
    match method:
        case "fp8" | "ptpc_fp8" | "fp8_per_tensor":
            return Quantization(method="fp8", bits=8)
        case "fp8_per_block":
            return Quantization(method="fp8", bits=8, overhead_bytes=4 / FP8_BLOCK, group=FP8_EDGE)
        case "bitsandbytes":
            return Quantization(method=method, bits=4, overhead_bytes=4 / BNB_BLOCK)
        case "experts_int8":
            return Quantization(method=method, bits=8, experts_only=True)
        case "compressed-tensors" | "modelopt":
            return Quantization(method="fp8", bits=8)
        case _ if method in NEED_A_CHECKPOINT:
            return of_checkpoint({"quant_method": method})
        case _:
            raise UnknownQuantizationError(f"nothing is known of the quantization {method!r}: fp8, bitsandbytes")


def of_checkpoint(config: Mapping[str, Any]) -> Quantization:
    """Read ``quantization_config`` of a ``config.json``.

    Raises:
        UnknownQuantizationError: nothing is known of its method.
    """
    method = str(config.get("quant_method") or config.get("quant_algo") or "").lower()
    kept = _kept(config)
    match method:
        case "fp8" | "fbgemm_fp8" | "ptpc_fp8":
            blocks = bool(config.get("weight_block_size"))
            return Quantization(
                method=method,
                bits=8,
                overhead_bytes=4 / FP8_BLOCK if blocks else 0.0,
                group=FP8_EDGE if blocks else 0,
                kept=kept,
            )
        case "awq" | "gptq" | "auto-round" | "auto_round" | "awq_marlin" | "gptq_marlin":
            bits = int(config.get("bits", config.get("w_bit", 4)))
            group = int(config.get("group_size", config.get("q_group_size", DEFAULT_GROUP)))
            per_group = SCALE_BYTES + bits / 8
            return Quantization(
                method=method,
                bits=bits,
                overhead_bytes=per_group / group if group > 0 else 0.0,
                group=max(0, group),
                kept=kept,
            )
        case "bitsandbytes":
            bits = 4 if config.get("load_in_4bit", config.get("_load_in_4bit")) else 8
            return Quantization(method=method, bits=bits, overhead_bytes=4 / BNB_BLOCK if bits == 4 else 0.0, kept=kept)
        case "mxfp4":
            # The checkpoint leaves attention, router and embeddings in 16 bits; kernels want multiples of 256 or so.
            return Quantization(
                method=method, bits=4, overhead_bytes=1 / MXFP4_GROUP, kept=kept, experts_only=True, padding=256
            )
        case "compressed-tensors":
            return _compressed_tensors(config, kept)
        case "modelopt" | "modelopt_fp4" | "nvfp4" | "fp8_pb_wo":
            algorithm = str(config.get("quant_algo", config.get("quantization", {}).get("quant_algo", method))).upper()
            if "FP4" in algorithm:
                return Quantization(
                    method="modelopt_fp4", bits=4, overhead_bytes=1 / NVFP4_GROUP, group=NVFP4_GROUP, kept=kept
                )
            return Quantization(method="modelopt_fp8", bits=8, kept=kept)
        case _:
            raise UnknownQuantizationError(f"nothing is known of the quantization method {method or '(none)'!r}")


def _compressed_tensors(config: Mapping[str, Any], kept: tuple[str, ...]) -> Quantization:
    groups: Mapping[str, Any] = config.get("config_groups") or {}
    for group in groups.values():
        weights = group.get("weights") or {}
        bits = int(weights.get("num_bits", 16))
        kind = str(weights.get("type", "int"))
        size = weights.get("group_size") or 0
        name = f"compressed-tensors-{'fp' if kind == 'float' else 'int'}{bits}"
        if kind == "float" and bits == 4:
            return Quantization(
                method=name, bits=4, overhead_bytes=1 / (size or NVFP4_GROUP), group=size or NVFP4_GROUP, kept=kept
            )
        overhead = SCALE_BYTES / size if size > 0 else 0.0
        return Quantization(method=name, bits=bits, overhead_bytes=overhead, group=max(0, size), kept=kept)
    raise UnknownQuantizationError("compressed-tensors without config_groups: the bits of its weights are not said")


def _kept(config: Mapping[str, Any]) -> tuple[str, ...]:
    for key in ("ignore", "modules_to_not_convert", "ignored_layers", "llm_int8_skip_modules", "exclude_modules"):
        entries = config.get(key)
        if isinstance(entries, Sequence) and not isinstance(entries, str) and entries:
            return tuple(_plain_name(str(entry)) for entry in entries)
    return ()


def _plain_name(entry: str) -> str:
    """A module's name below the language model, however deep the checkpoint nests that."""
    if entry.startswith("re:"):
        return entry.replace("language_model\\.", "").replace("language_model.", "")
    return entry.replace("language_model.", "").removeprefix("model.")


def _is_pattern(entry: str) -> bool:
    return entry.startswith("re:") or "*" in entry
