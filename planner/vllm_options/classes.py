"""Who may set each option of ``vllm serve``, and what an option that not everyone may set does.

Read from vLLM's own definitions up to 0.33: ``vllm/engine/arg_utils.py``, ``cli_args.py`` of its entrypoints and the classes
below ``vllm/config/``. Every option of the table's releases is in exactly one of the groups here and in ``earlier.py``, which
a test checks; an option that is in none, of a later release for example, counts as the platform's. What a value adds,
such as a file where a name is usual, is in ``risks.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class Level(IntEnum):
    """Who may set an option, from the most people to the fewest."""

    TEAM = 0
    """Anyone who may ask for a service."""
    APPROVER = 1
    """A team, when an approver agrees."""
    PLATFORM = 2
    """The platform's stack, or a team to which the platform allows it."""


class Kind(StrEnum):
    """What an option does that not everyone may have done."""

    CODE = "runs code"
    FILES = "reads or writes files"
    DATA = "sends data out"
    LOGS = "writes prompts or answers to the log"
    SOURCE = "takes files of another repository"
    REQUESTS = "trusts what requests bring"
    SETUP = "is part of how the platform runs vLLM"
    UNKNOWN = "is not known"


@dataclass(frozen=True, kw_only=True)
class Class:
    """An option's class, before its value is looked at."""

    level: Level
    kind: Kind
    why: str
    """What it does, as the end of a sentence that begins with the option."""


DANGEROUS: Final = frozenset({Kind.CODE, Kind.FILES, Kind.DATA, Kind.UNKNOWN})
"""What the guardrails refuse on the platform's level, whoever sets it."""

_CODE: Final = {
    "code-revision": "picks the revision of code that is run from the model's repository",
    "ec-manager-config": "imports the class that its value names",
    "enable-mm-embeds": "loads serialized tensors that requests bring",
    "enable-prompt-embeds": "loads serialized tensors that requests bring",
    "io-processor-plugin": "loads a plugin",
    "kv-transfer-config": "imports a connector, and sends caches of prompts to other hosts or files",
    "ec-transfer-config": "imports a connector, and sends caches of inputs to other hosts or files",
    "log-config-file": "reads a file of logging settings, which may name any class",
    "logging-config": "may name a file of logging settings, which may name any class",
    "logits-processors": "imports the classes that its value names",
    "middleware": "imports the class or function that its value names",
    "model-class-overrides": "imports the classes that its value names",
    "profiler-config": "opens the profiler to requests, and writes its traces to a folder or an address",
    "ray-workers-use-nsight": "starts workers under another program",
    "reasoning-parser-plugin": "runs the Python file that its value names",
    "scheduler-cls": "imports the class that its value names",
    "tool-parser-plugin": "runs the Python file that its value names",
    "tool-server": "lets answers call tools on other hosts, or run code",
    "additional-config": "is handed to plugins as it is",
    "weight-transfer-config": "lets other hosts replace the weights",
    "worker-cls": "imports the class that its value names",
    "worker-extension-cls": "imports the class that its value names",
    "sleep-mode-backend": "may load the backend of a plugin",
}
_FILES: Final = {
    "allowed-local-media-path": "lets requests read the container's files",
    "config": "reads options from a file, which nothing here can check",
    "download-dir": "writes files to the folder that its value names",
    "input-file": "reads the file that its value names",
    "mm-encoder-fp8-scale-path": "reads the file that its value names",
    "mm-encoder-fp8-scale-save-path": "writes the file that its value names",
    "output-file": "writes the file, or to the address, that its value names",
    "output-tmp-dir": "writes files to the folder that its value names",
    "watchdog-config": "writes stack dumps to the folder that its value names",
    "ssl-ca-certs": "reads the file that its value names",
    "ssl-certfile": "reads the file that its value names",
    "ssl-keyfile": "reads the file that its value names",
}
_DATA: Final = {
    "allowed-media-domains": "says which hosts requests may make the server fetch from",
    "kv-events-config": "publishes what is cached, tokens of prompts included, on the network",
    "otlp-traces-endpoint": "sends a trace of each request to the address that its value names",
}
_SETUP: Final = (
    # Options that the program sets from a service's own settings, or that belong to several nodes or other commands.
    *("model", "served-model-name", "revision", "load-format", "model-loader-extra-config", "hf-token"),
    *("max-model-len", "dtype", "quantization", "gpu-memory-utilization"),
    *("tensor-parallel-size", "pipeline-parallel-size"),
    *("data-parallel-size", "data-parallel-size-local", "data-parallel-rank", "data-parallel-start-rank"),
    *("data-parallel-address", "data-parallel-rpc-port", "data-parallel-backend", "data-parallel-external-lb"),
    *("data-parallel-hybrid-lb", "data-parallel-multi-port-external-lb", "data-parallel-supervisor-port"),
    *("dp-supervisor-probe-failure-threshold", "dp-supervisor-probe-interval-s", "dp-supervisor-probe-timeout-s"),
    *("master-addr", "master-port", "nnodes", "node-rank", "headless", "device-ids"),
    *("host", "port", "uds", "grpc", "grpc-port", "root-path", "ssl-cert-reqs", "ssl-ciphers", "enable-ssl-refresh"),
    *("api-key", "disable-fastapi-docs", "enable-offline-docs", "shutdown-timeout", "help", "url", "enable-metrics"),
    *("enable-elastic-ep", "elastic-ep-max-dp-size", "enable-scale-out", "tokens-only", "enable-fault-tolerance"),
    *("fault-tolerance-config", "enable-nccl-comm-suspend", "enable-trace-replay", "mm-encoder-only"),
)
_APPROVER: Final[Mapping[str, tuple[Kind, str]]] = {
    "enable-log-requests": (Kind.LOGS, "writes prompts to the log"),
    "enable-log-outputs": (Kind.LOGS, "writes answers to the log"),
    "trust-remote-code": (Kind.CODE, "runs Python code from the model's repository"),
    "trust-request-chat-template": (Kind.REQUESTS, "renders chat templates that requests bring"),
    "trust-request-mm-kwargs": (Kind.REQUESTS, "hands settings that requests bring to the model's processor"),
}
TEAM: Final = frozenset(
    {
        # Templates, parsers and answers.
        *("lora-modules", "chat-template", "chat-template-content-format", "default-chat-template-kwargs"),
        *("response-role", "return-tokens-as-token-ids", "enable-auto-tool-choice", "tool-call-parser"),
        *("exclude-tools-when-tool-choice-none", "tool-strict-level", "reasoning-parser", "reasoning-config"),
        *("structured-outputs-config", "cohere-is-reasoning-model", "cohere-format", "fingerprint-mode"),
        *("anthropic-disabled-thinking-effort", "fingerprint-value", "enable-prompt-tokens-details"),
        *("enable-per-request-metrics", "enable-force-include-usage", "sse-keep-alive-interval"),
        *("enable-tokenizer-info-endpoint", "enable-request-id-headers", "enable-return-routed-experts"),
        *("return-sampling-mask", "aux-output-config", "watermark-config", "per-request-spec-decode-metrics"),
        "reasoning-effort-map",
        # The model, its tokenizer and how they are read.
        *("runner", "convert", "tokenizer", "tokenizer-mode", "tokenizer-revision", "hf-config-path", "config-format"),
        *("hf-overrides", "pooler-config", "generation-config", "override-generation-config", "model-impl"),
        *("skip-tokenizer-init", "renderer-num-workers", "quantization-config", "allow-deprecated-quantization"),
        *("safetensors-load-strategy", "safetensors-prefetch-num-threads", "safetensors-prefetch-block-size"),
        *("ignore-patterns", "use-tqdm-on-load", "pt-load-map-location", "max-parallel-loading-workers"),
        # Sampling.
        *("seed", "max-logprobs", "logprobs-mode", "use-fp64-gumbel", "enable-batch-sharded-sampling"),
        # Parallelism on one node.
        *("distributed-executor-backend", "distributed-timeout-seconds", "cpu-distributed-timeout-seconds"),
        *("numa-bind", "numa-bind-nodes", "numa-bind-cpus", "decode-context-parallel-size", "dcp-comm-backend"),
        *("dcp-q-replicate", "dcp-kv-cache-interleave-size", "cp-kv-cache-interleave-size"),
        *("prefill-context-parallel-size", "enable-hc-sp", "enable-expert-parallel", "enable-ep-weight-filter"),
        *("all2all-backend", "enable-dbo", "enable-shm-tensor-arena", "ubatch-size", "dbo-decode-token-threshold"),
        *("dbo-prefill-token-threshold", "dp-sync-interval", "disable-nccl-for-dp-synchronization", "enable-eplb"),
        *("eplb-config", "expert-placement-strategy", "disable-custom-all-reduce", "api-server-count"),
        # Kernels and compilation.
        *("enforce-eager", "attention-backend", "attention-config", "mamba-backend", "mamba-ssu-algorithm"),
        *("enable-mamba-cache-stochastic-rounding", "mamba-cache-philox-rounds", "disable-sliding-window"),
        *("disable-cascade-attn", "cudagraph-capture-sizes", "max-cudagraph-capture-size", "ir-op-priority"),
        *("enable-flashinfer-autotune", "moe-backend", "linear-backend", "sparse-indexer-topk-backend"),
        *("gdn-prefill-backend", "kda-prefill-backend", "kda-decode-backend", "kernel-config", "engram-config"),
        *("compilation-config", "optimization-level", "performance-mode", "jit-monitor-mode", "jit-monitor-verbose"),
        *("diffusion-config", "enable-flash-late-interaction", "monokernel"),
        # Speculative decoding.
        *("speculative-config", "spec-method", "spec-model", "spec-tokens"),
        # The KV cache and other memory.
        *("block-size", "kv-cache-memory-bytes", "kv-cache-dtype", "num-gpu-blocks-override", "enable-prefix-caching"),
        *("prefix-caching-hash-algo", "prefix-cache-retention-interval", "prefix-match-unit"),
        *("kv-cache-dtype-skip-layers", "kv-sharing-fast-prefill", "swa-bounded-replay", "mamba-cache-dtype"),
        *("mamba-ssm-cache-dtype", "mamba-block-size", "mamba-cache-mode", "enable-mamba-shared-prefix-checkpoint"),
        *("replayssm-buffer-len", "use-replayssm", "kv-offloading-size", "kv-offloading-backend", "offload-backend"),
        *("cpu-offload-gb", "cpu-offload-params", "offload-group-size", "offload-num-in-group"),
        *("offload-prefetch-step", "offload-params", "enable-sleep-mode", "sleep-mode-offload-cudagraph"),
        *("sleep-preserve-parameter-names", "enable-cumem-allocator", "disable-hybrid-kv-cache-manager"),
        # Images, video and sound.
        *("language-model-only", "limit-mm-per-prompt", "media-io-kwargs", "mm-processor-kwargs"),
        *("mm-processor-cache-gb", "mm-processor-cache-type", "mm-hasher-algorithm", "mm-tensor-ipc"),
        *("mm-shm-cache-max-object-size-mb", "mm-encoder-tp-mode", "mm-encoder-attn-backend"),
        *("mm-encoder-attn-dtype", "mm-encoder-fp8-scale-save-margin", "interleave-mm-strings", "skip-mm-profiling"),
        *("video-pruning-rate", "video-pruning-method", "mm-processor-device", "mm-ipc-gpu-memory-gb"),
        *("mm-device-do-normalize", "disable-chunked-mm-input"),
        # LoRA.
        *("enable-lora", "max-loras", "max-lora-rank", "lora-dtype", "enable-tower-connector-lora", "max-cpu-loras"),
        *("fully-sharded-loras", "lora-target-modules", "default-mm-loras", "specialize-active-lora"),
        *("enable-mixed-moe-lora-format", "enable-moe-shared-loras", "max-lora-cls-labels"),
        # Batching and scheduling.
        *("max-num-batched-tokens", "max-num-scheduled-tokens", "max-num-seqs", "max-num-active-seqs"),
        *("max-num-queued-reqs", "max-num-queued-tokens", "long-prefill-token-threshold", "watermark"),
        *("long-prefill-token-threshold-adaptive", "scheduling-policy", "enable-chunked-prefill"),
        *("scheduler-reserve-full-isl", "prefill-schedule-interval", "async-scheduling", "stream-interval"),
        # Logs and metrics without prompts.
        *("max-log-len", "enable-server-load-tracking", "enable-log-deltas", "log-error-stack", "log-level"),
        *("show-hidden-metrics-for-version", "collect-detailed-traces", "kv-cache-metrics"),
        *("kv-cache-metrics-sample", "custom-histogram-buckets", "cudagraph-metrics", "enable-mfu-metrics"),
        *("enable-layerwise-nvtx-tracing", "enable-logging-iteration-details", "disable-log-stats"),
        *("aggregate-engine-logging", "fail-on-environ-validation", "disable-uvicorn-access-log"),
        *("disable-access-log-for-endpoints", "uvicorn-log-level"),
        # The HTTP server.
        *("allow-credentials", "allowed-headers", "allowed-methods", "allowed-origins", "h11-max-header-count"),
        "h11-max-incomplete-event-size",
    }
)
"""Options anyone may set, with a value of the usual kind: see ``values.py``."""

CLASSES: Final[Mapping[str, Class]] = {
    **{name: Class(level=Level.PLATFORM, kind=Kind.CODE, why=why) for name, why in _CODE.items()},
    **{name: Class(level=Level.PLATFORM, kind=Kind.FILES, why=why) for name, why in _FILES.items()},
    **{name: Class(level=Level.PLATFORM, kind=Kind.DATA, why=why) for name, why in _DATA.items()},
    **{name: Class(level=Level.PLATFORM, kind=Kind.SETUP, why=str(Kind.SETUP)) for name in _SETUP},
    **{name: Class(level=Level.APPROVER, kind=kind, why=why) for name, (kind, why) in _APPROVER.items()},
}
"""Options that not everyone may set, by name."""
UNKNOWN: Final = Class(level=Level.PLATFORM, kind=Kind.UNKNOWN, why="is not an option that this version knows")
"""The class of any other option: the strictest."""
