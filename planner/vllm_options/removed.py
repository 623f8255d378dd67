"""Options that later releases of vLLM no longer have: what takes their place, or why there is nothing in it.

Which release dropped one is in the table. What to do instead is from vLLM's own deprecation messages and code
(``vllm/engine/arg_utils.py`` and ``vllm/config``, in the last release that had the option), of ``rope-scaling`` from its
``docs/features/context_extension.md``, unless a source stands beside it.
"""

from collections.abc import Mapping
from typing import Final

_V0 = "it belonged to the V0 engine, which is gone (vllm-project/vllm#18571): omit it"
_PROMPT_ADAPTER = (
    "prompt adapters are gone (vllm-project/vllm#20588): omit it, or serve a LoRA adapter with lora-modules"
)
_TOKENIZER_POOL = "the tokenizer pool is gone: omit it; renderer-num-workers since 0.19 sets the threads that tokenize"
_PARTIAL_PREFILL = (
    "concurrent partial prefills are gone: omit it; long-prefill-token-threshold still limits one prefill"
)
_EPLB = "write it as a key of eplb-config"
_DRAFT = "write it as a key of speculative-config"

REMOVED: Final[Mapping[str, str]] = {
    # Structured outputs, tools and reasoning.
    "enable-reasoning": "reasoning-parser alone is enough: omit it",
    "expand-tools-even-if-tool-choice-none": "tools are in the prompt by default: omit it; exclude-tools-when-tool-choice-none "
    "keeps them out",
    "guided-decoding-backend": 'use structured-outputs-config: {"backend": "outlines"}, or another backend',
    "guided-decoding-disable-additional-properties": 'use structured-outputs-config: {"disable_additional_properties": true}',
    "guided-decoding-disable-any-whitespace": 'use structured-outputs-config: {"disable_any_whitespace": true}',
    "guided-decoding-disable-fallback": 'use structured-outputs-config: {"disable_fallback": true}',
    "logits-processor-pattern": "requests name no logits processors any more: omit it, or load them with logits-processors",
    # The model and how it is read.
    "task": "use runner and convert: task embed is runner: pooling with convert: embed; classify, score and reward are "
    "runner: pooling with convert: classify, or none where the model has a head; generate is runner: generate",
    "override-pooler-config": "use pooler-config with the same keys",
    "rope-scaling": 'use hf-overrides: {"rope_parameters": {"rope_type": "yarn", "factor": 4.0, '
    '"original_max_position_embeddings": 32768, "rope_theta": 1000000}} with the model\'s own figures ("rope_scaling" for images '
    "before 0.12)",
    "rope-theta": 'use hf-overrides: {"rope_parameters": {"rope_theta": 1000000, "rope_type": "default"}} ("rope_theta" for images '
    "before 0.12)",
    "max-seq-len-to-capture": "CUDA graphs are captured by batch size: omit it, or set max-cudagraph-capture-size",
    "override-attention-dtype": "it has no successor: omit it",
    "override-neuron-config": "Neuron is a plugin now, which reads additional-config",
    "device": "the image decides which device it is for: omit it",
    "qlora-adapter-name-or-path": "pass the adapter with lora-modules",
    "quantization-param-path": "KV scales come with the checkpoint: omit it",
    # Compilation.
    "cuda-graph-sizes": "use cudagraph-capture-sizes",
    "enable-bf16x3-router-gemm": "vLLM picks the kernel of the router itself: omit it",
    # Memory.
    "calculate-kv-scales": "KV scales come with the checkpoint, or are 1.0: omit it",
    "enable-mamba-fine-grained-prefix-cache": "use enable-mamba-shared-prefix-checkpoint",
    "num-lookahead-slots": "it follows from speculative-config: omit it",
    "preemption-mode": "preempted requests are always recomputed: omit it",
    "swap-space": "preempted requests are recomputed, nothing is swapped to main memory: omit it; kv-offloading-size keeps KV "
    "cache in main memory",
    "use-v2-block-manager": "there is only one block manager: omit it",
    # Batching and scheduling.
    "disable-async-output-proc": _V0,
    "max-long-partial-prefills": _PARTIAL_PREFILL,
    "max-num-partial-prefills": _PARTIAL_PREFILL,
    "multi-step-stream-outputs": _V0,
    "num-scheduler-steps": _V0,
    "scheduler-delay-factor": _V0,
    "worker-use-ray": "use distributed-executor-backend",
    # Parallelism.
    "eplb-log-balancedness": f"{_EPLB}: log_balancedness",
    "eplb-step-interval": f"{_EPLB}: step_interval",
    "eplb-window-size": f"{_EPLB}: window_size",
    "num-redundant-experts": f"{_EPLB}: num_redundant_experts",
    # Images, video and sound.
    "disable-mm-preprocessor-cache": "use mm-processor-cache-gb: 0",
    "enable-multimodal-encoder-data-parallel": "use mm-encoder-tp-mode: data",
    "use-gpu-for-pooling-score": "use enable-flash-late-interaction, which is on unless it is set to false",
    # LoRA.
    "enable-lora-bias": "biases of adapters are no longer read: omit it",
    "enable-prompt-adapter": _PROMPT_ADAPTER,
    "long-lora-scaling-factors": "adapters for longer contexts are no longer read: omit it",
    "lora-extra-vocab-size": "adapters with tokens of their own are no longer read: omit it",
    "max-prompt-adapter-token": _PROMPT_ADAPTER,
    "max-prompt-adapters": _PROMPT_ADAPTER,
    "prompt-adapters": _PROMPT_ADAPTER,
    # The server.
    "disable-frontend-multiprocessing": "the engine always runs in a process of its own: omit it",
    "disable-log-requests": "requests are not logged unless enable-log-requests is set: omit it",
    "tokenizer-pool-extra-config": _TOKENIZER_POOL,
    "tokenizer-pool-size": _TOKENIZER_POOL,
    "tokenizer-pool-type": _TOKENIZER_POOL,
    # Speculative decoding, whose options became one before 0.8.5.
    "speculative-model": "use speculative-config with the keys model and num_speculative_tokens",
    "num-speculative-tokens": f"{_DRAFT}: num_speculative_tokens",
    "speculative-draft-tensor-parallel-size": f"{_DRAFT}: draft_tensor_parallel_size",
    "speculative-max-model-len": f"{_DRAFT}: max_model_len",
    "speculative-model-quantization": f"{_DRAFT}: quantization",
    "speculative-disable-by-batch-size": f"{_DRAFT}: disable_by_batch_size, before 0.17",
    "speculative-disable-mqa-scorer": _V0,
    "ngram-prompt-lookup-max": f"{_DRAFT}: prompt_lookup_max",
    "ngram-prompt-lookup-min": f"{_DRAFT}: prompt_lookup_min",
    "spec-decoding-acceptance-method": _V0,
    "typical-acceptance-sampler-posterior-alpha": _V0,
    "typical-acceptance-sampler-posterior-threshold": _V0,
    "disable-logprobs-during-spec-decoding": _V0,
}
"""What to do instead of each, as the end of a sentence that says it is gone."""

OTHER_COMMANDS: Final[Mapping[str, str]] = dict.fromkeys(
    ("input-file", "output-file", "output-tmp-dir", "enable-metrics", "url"), "it belongs to `vllm run-batch`; omit it"
)
"""Options that other commands of vLLM have and `vllm serve` never had."""
