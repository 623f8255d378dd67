"""What differs between vLLM's versions in how it takes memory; read from the sources of the releases named here.

Looked at: 0.8.5, 0.9.0, 0.9.2, 0.10.0, 0.10.2, 0.11.0, 0.12.0, 0.14.1, 0.16.0, 0.17.0, 0.18.1, 0.19.0, 0.20.2, 0.21.0,
0.22.1, 0.24.0, 0.25.1, 0.26.0, 0.27.1, 0.28.0, 0.29.0, 0.30.0 and 0.32.0 (``v1/worker/gpu_worker.py``, ``gpu_model_runner.py``,
``v1/sample``, ``engine/arg_utils.py``, ``v1/core/kv_cache_utils.py``, ``config/``).
"""

import re
from dataclasses import dataclass

MODELED_VERSION = (0, 32)
OLDEST = (0, 8)
_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[.+-]?[a-z][\w.+-]{0,40})?")

_LISTED_FOR_RUNNER_2 = frozenset({"DeepseekV2ForCausalLM", "Qwen2MoeForCausalLM", "GraniteMoeForCausalLM"})
_ALSO_IN_0_23 = frozenset({"Qwen3ForCausalLM", "LlamaForCausalLM", "MistralForCausalLM"})


class VersionError(ValueError):
    """A text that is not a version of vLLM, or one the planner knows nothing of."""


@dataclass(frozen=True, order=True)
class VllmVersion:
    """One version of vLLM."""

    major: int
    minor: int
    patch: int = 0

    @staticmethod
    def of(text: str) -> "VllmVersion":
        """Read a version such as ``0.32``, ``v0.11.2`` or ``0.19.2rc1``.

        Raises:
            VersionError: it is none.
        """
        found = _VERSION.fullmatch(text.strip())
        if not found:
            raise VersionError(f"{text!r} is not a version of vLLM: write it like 0.32 or 0.32.0")
        return VllmVersion(int(found[1]), int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch else "")

    def since(self, minor: int) -> bool:
        """Whether it is 0.``minor`` or newer."""
        return (self.major, self.minor) >= (0, minor)

    @property
    def covered(self) -> bool:
        """Whether it has the V1 engine by default, which is what the planner knows."""
        return (self.major, self.minor) >= OLDEST

    @property
    def counts_context(self) -> bool:
        """Whether CUDA's own context counts against the budget: up to 0.9.0 everything on the GPU did."""
        return self <= VllmVersion(0, 9, 0)

    def reserves_graphs(self, *, runner_2: bool) -> bool:
        """Whether an estimate of the CUDA graphs is taken off before the KV cache is sized.

        The first model runner does since 0.20; the second estimated nothing before 0.29.
        """
        return self.since(29 if runner_2 else 20)

    @property
    def tunes_while_profiling(self) -> bool:
        """Whether a cold start's compiler benchmarks kernels inside the profiling run, which raises its peak."""
        return self.since(20)

    @property
    def multiplies_yarn(self) -> bool:
        """Whether the length that YaRN has extended is multiplied by its factor (``_get_and_verify_max_len``)."""
        return not self.since(30)

    @property
    def starts_longrope_short(self) -> bool:
        """Whether a model with LongRoPE gets its original length where none is given."""
        return self.since(11)

    @property
    def sorts_logits(self) -> bool:
        """Whether the sampler sorts the whole vocabulary to find top-p; since 0.17 a kernel finds the pivot."""
        return not self.since(17)

    @property
    def counts_by_concurrency(self) -> bool:
        """Whether the tokens it prints are concurrency times the longest request, not blocks times their size.

        Releases 0.20.1 and newer; a start-up log of 0.20.0 still has the product of blocks and their size.
        """
        return self >= VllmVersion(0, 20, 1)

    def steps_in_flight(self, *, pipeline_parallel: int, runner_2: bool) -> int:
        """Steps whose tokens a sliding window keeps beside itself: since 0.26 those of every step under way count."""
        if not self.since(26):
            return 1
        if runner_2:
            return pipeline_parallel + 1
        return 2 if pipeline_parallel == 1 else pipeline_parallel

    @property
    def expert_multiple(self) -> int:
        """Multiple to which a GPU's share of the inner dimension of MXFP4 experts is padded."""
        return 128 if self.since(14) else 64

    def runner_2(self, architecture: str, *, dense: bool, quantized: bool) -> bool:
        """Whether the second model runner serves a model: it samples without copies of the logits."""
        if self.since(30):
            return True
        if self.since(25):
            return dense or architecture in _LISTED_FOR_RUNNER_2
        if self.since(23):
            return architecture in _LISTED_FOR_RUNNER_2 | _ALSO_IN_0_23
        return self.since(22) and architecture == "Qwen3ForCausalLM" and dense and not quantized

    def default_batched_tokens(self, gpu: str, visible_gib: float) -> int:
        """``max_num_batched_tokens`` of ``vllm serve`` where it is not given."""
        if visible_gib >= 160 and self.since(28):
            return 16384
        return 8192 if self._large(gpu, visible_gib) else 2048

    def default_sequences(self, gpu: str, visible_gib: float) -> int:
        """``max_num_seqs`` of ``vllm serve`` where it is not given."""
        return 1024 if self._large(gpu, visible_gib) else 256

    def _large(self, gpu: str, visible_gib: float) -> bool:
        spared = "a100" in gpu.lower() and (self.since(9))
        return visible_gib >= 70 and not spared
