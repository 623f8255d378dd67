"""Who may set the options of `vllm serve` that the newest release of the table no longer has.

All that a release of the table (0.8 and newer) had, and those of 0.6 and 0.7, which the guardrails meet in older images; read
from their argument definitions (``vllm/engine/arg_utils.py``, ``vllm/entrypoints/openai/cli_args.py``). What is not
here either is unknown, and so treated as the platform's.
"""

from collections.abc import Mapping
from typing import Final

from planner.vllm_options.classes import Class, Kind, Level

EARLIER_TEAM: Final = frozenset(
    {
        *("calculate-kv-scales", "cuda-graph-sizes", "device", "disable-async-output-proc", "disable-log-requests"),
        *("disable-frontend-multiprocessing", "disable-logprobs-during-spec-decoding", "enable-lora-bias"),
        *("disable-mm-preprocessor-cache", "enable-multimodal-encoder-data-parallel", "enable-prompt-adapter"),
        *("enable-reasoning", "eplb-log-balancedness", "eplb-step-interval", "eplb-window-size"),
        *("guided-decoding-backend", "guided-decoding-disable-additional-properties", "long-lora-scaling-factors"),
        *("guided-decoding-disable-any-whitespace", "guided-decoding-disable-fallback", "lora-extra-vocab-size"),
        *("max-long-partial-prefills", "max-num-partial-prefills", "max-prompt-adapter-token", "max-prompt-adapters"),
        *("max-seq-len-to-capture", "multi-step-stream-outputs", "ngram-prompt-lookup-max", "ngram-prompt-lookup-min"),
        *("num-lookahead-slots", "num-redundant-experts", "num-scheduler-steps", "num-speculative-tokens"),
        *("override-attention-dtype", "override-pooler-config", "preemption-mode", "rope-scaling", "rope-theta"),
        *("scheduler-delay-factor", "spec-decoding-acceptance-method", "speculative-disable-by-batch-size"),
        *("speculative-disable-mqa-scorer", "speculative-draft-tensor-parallel-size", "speculative-max-model-len"),
        *("speculative-model-quantization", "swap-space", "task", "tokenizer-pool-size", "use-v2-block-manager"),
        *("typical-acceptance-sampler-posterior-alpha", "typical-acceptance-sampler-posterior-threshold"),
        *("enable-bf16x3-router-gemm", "enable-mamba-fine-grained-prefix-cache", "use-gpu-for-pooling-score"),
        *("expand-tools-even-if-tool-choice-none", "worker-use-ray"),
    }
)
"""Options that only set sizes, counts and built-in names."""


def _platform(kind: Kind, why: str) -> Class:
    return Class(level=Level.PLATFORM, kind=kind, why=why)


EARLIER: Final[Mapping[str, Class]] = {
    "logits-processor-pattern": _platform(Kind.CODE, "lets requests import classes whose names fit its value"),
    "override-neuron-config": _platform(Kind.CODE, "is handed to the Neuron plugin as it is"),
    "prompt-adapters": _platform(Kind.FILES, "reads the adapters that its value names"),
    "qlora-adapter-name-or-path": _platform(Kind.FILES, "reads the adapter that its value names"),
    "quantization-param-path": _platform(Kind.FILES, "reads the file that its value names"),
    "speculative-model": Class(level=Level.APPROVER, kind=Kind.SOURCE, why="takes a draft model of another repository"),
    "tokenizer-pool-extra-config": _platform(Kind.CODE, "is handed to the tokenizer's workers as it is"),
    "tokenizer-pool-type": _platform(Kind.CODE, "may import the class that its value names"),
}
"""Options that not everyone may set."""
