"""How long vLLM takes to start: what makes it slow, in pieces, each with its source; a pure function of plain data.

One formula, and three sets of its figures in ``planner/data/coldstart.json``: what was seen at best, what to expect, and the
slow end. Probes and deadlines take the slow end: a start that is cut off by its probe begins again, and an engine that cannot
start ends by itself. Sources of the slow end:

- processes: 40 to 70 s of imports and CUDA's initialization, 30 s of NCCL (vllm-project/vllm#20264,
  mitchross/talos-argocd-proxmox#1848).
- weights from the bucket: 0.42 to 1.2 GB/s a rank, seen from S3 (run-ai/runai-model-streamer#31), 0.8 GB/s (#120).
- compile: 19 s for an 8B on an H100 (vllm-project/vllm#11005), 66 s on an L4 (#11078), 145 s for a 70B in FP8 on eight H100
  (#19824), 166 s for a 27B on two RTX 3090 (talos-argocd-proxmox#1848), 195 s with the warm-up on an A100
  (kaito-project/kaito#2325). Hybrids: more than 800 s and up to 2,222 s for Nemotron-3-Nano (vllm-project/vllm#34399).
- kernels (JIT and warm-up): 57 s for a dense 8B, 82 s of DeepGEMM and 120 s of FlashInfer for a mixture in FP8 on an H100
  (vllm-project/vllm#47456), 83 + 48 s of DeepGEMM (#22215), 210 s in FP4 (#44881), 131 s for a 27B on two RTX 3090.
  Hybrids: 54 to 77 s of a first run on RTX 3090 and 4090 (noonghunna/club-3090#75, #142, #46).
- CUDA graphs: 15 to 23 s for an 8B (#11005, #20264), 90 s for a 27B on two RTX 3090.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from planner.catalog.gpus import GpuMemory
from planner.coldstart.figures import EngineFigures, engine_figures, since
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention
from planner.model.quantization import Quantization
from planner.units import GIB

HUB_GIB_PER_SECOND = engine_figures("slow").hub_gib_s
"""Download from the Hugging Face Hub."""

_NEWEST = 9.0
_WORKSTATION = 12.0
_AMPERE_DATA_CENTER = 8.0
_ADA = frozenset({"L40S", "L40", "RTX 6000 Ada"})
_FP4 = frozenset({"fp4", "mxfp4"})

_HYBRID_NAME = re.compile(
    r"(?i)nemotron[-_.]?(h\b|3|nano|super|ultra)|mamba|jamba|bamba|zamba|samba|rwkv|falcon[-_.]?h\d|lfm\d|plamo[-_.]?[2-9]"
    r"|granite[-_.]?4[\w.-]*[-_.]h[-_.]|qwen3[-_.]next|qwen3[._][5-9]|kimi[-_.]linear|minimax[-_.](text|m1)|olmo[-_.]hybrid"
    r"|recurrent[-_.]?gemma|hybrid|phi[-_.]?4[-_.]mini[-_.]flash|ring[-_.][\w.-]*linear"
)
_SIZES = ((4.0, 36), (12.0, 48), (45.0, 64), (150.0, 88))
"""Billions of parameters at most, and the layers of the deepest common models of that size."""
_USUAL_SIZES = ((1.0, 24), (2.0, 28), (12.0, 32), (18.0, 40), (25.0, 48), (45.0, 64), (90.0, 80), (300.0, 90))
"""The same of the most common ones: Qwen 0.5B and 1.5B, Llama 8B, Qwen 14B, Mistral 24B, Qwen 32B, Llama 70B, Mistral Large."""
_EXPERTS_NAME = re.compile(
    r"(?i)\d+b[-_]a\d+(\.\d+)?b|\d+x\d+b|moe|mixtral|deepseek[-_.]?(v[2-9]|r\d+($|[-_]\d))|gpt[-_]oss|llama[-_]?4|kimi|minimax"
    r"|glm[-_]?(4\.[5-9]|[5-9])|dbrx|maverick|scout"
)
_MOST_LAYERS = 126
_FP4_NAME = re.compile(r"(?i)fp4")
BYTE = 8


class Clock(StrEnum):
    """From when on a start is counted; for published measurements, a service's is counted from its beginning."""

    START = "start"
    """The start of the process."""
    LOG = "log"
    """The first line of the API server's log: it has imported vLLM by then, and the engine, which it spawns, imports it again."""
    IMPORTED = "imported"
    """``LLM(...)`` in a process that has imported vLLM: the engine is forked from it and imports nothing."""


_IMPORTS = {Clock.START: 1.0, Clock.LOG: 0.5, Clock.IMPORTED: 0.0}
"""The share of the imports that such a clock sees."""


class Kind(StrEnum):
    """What a model's layers are, as far as it bears on compiling."""

    DENSE = "dense"
    """Attention and an MLP."""
    EXPERTS = "mixture of experts"
    """Attention and routed experts."""
    HYBRID = "hybrid"
    """Attention and recurrent layers: Mamba, gated delta nets, lightning attention."""


@dataclass(frozen=True, kw_only=True)
class StartModel:
    """What of a model makes its start slow."""

    layers: int
    """Decoder layers; they are compiled and captured one by one."""
    kind: Kind
    """What they are."""
    formats: str = ""
    """``fp8``, ``fp8_block`` (a scale for each block) or ``fp4`` where weights are computed with or stored so; empty otherwise."""
    usual: "StartModel | None" = None
    """What a model of that name and size is in most cases, where only they are known; the rest is the slow end."""


@dataclass(frozen=True, kw_only=True)
class StartUp:
    """Seconds of one start, by what takes them; each the slow end of what was measured."""

    processes: int
    """Imports, CUDA and NCCL."""
    weights: int
    """Download or streaming, and copying to the GPUs."""
    compile: int
    """Dynamo and Inductor, with an empty cache."""
    kernels: int
    """Kernels that are compiled, tuned or warmed up at the first start."""
    graphs: int
    """Profiling run and capture of CUDA graphs."""

    @property
    def seconds(self) -> int:
        """The whole start."""
        return self.processes + self.weights + self.compile + self.kernels + self.graphs


def model_of_shape(shape: ModelArchitecture, quantization: Quantization) -> StartModel:
    """A model whose dimensions are known.

    Args:
        shape: Its dimensions.
        quantization: How it is computed: as published, or as vLLM quantizes it while it loads.
    """
    recurrent = any(not isinstance(mixer, Attention) for mixer in shape.mixers)
    # Of a family that the planner does not cover, the layers that were read may not be all there is.
    hybrid = recurrent or bool(shape.uncovered and _HYBRID_NAME.search(shape.model_type))
    kind = Kind.HYBRID if hybrid else Kind.EXPERTS if shape.experts else Kind.DENSE
    return StartModel(layers=len(shape.layers), kind=kind, formats=_format(quantization))


def model_by_name(name: str, size_gib: float, bits: int = 16) -> StartModel:
    """A model of which only name and size are known: a hybrid if its name says so.

    The slow end is a mixture with the most layers of that size; what is usual is a dense model, or a mixture if its name says so.
    Weights of 8 bits are taken for FP8 with a scale for each block, which starts the most slowly.

    Args:
        name: On the Hub, as OWNER/NAME.
        size_gib: Its weights in GiB.
        bits: Bits of each weight; more layers follow from fewer.
    """
    plain = name.rpartition("/")[2]
    billions = size_gib * GIB * 8 / bits / 1e9
    hybrid = bool(_HYBRID_NAME.search(plain))
    formats = "fp4" if _FP4_NAME.search(plain) else "fp8_block" if bits == BYTE else ""
    usual = Kind.HYBRID if hybrid else Kind.EXPERTS if _EXPERTS_NAME.search(plain) else Kind.DENSE
    return StartModel(
        layers=_by_size(billions, _SIZES),
        kind=Kind.HYBRID if hybrid else Kind.EXPERTS,
        formats=formats,
        usual=StartModel(layers=_by_size(billions, _USUAL_SIZES), kind=usual, formats=formats),
    )


def _by_size(billions: float, sizes: tuple[tuple[float, int], ...]) -> int:
    return next((layers for most, layers in sizes if billions <= most), _MOST_LAYERS)


def start_up(
    model: StartModel,
    gpu: GpuMemory,
    *,
    size_gib: float,
    from_bucket: bool,
    workers: int,
    read_once: bool,
    eager: bool = False,
    clock: Clock = Clock.START,
    version: tuple[int, int] | None = None,
    figures: EngineFigures | None = None,
) -> StartUp:
    """The seconds of a first start, with empty caches.

    Args:
        model: What is compiled.
        gpu: The GPU: its generation decides how long compiling, tuning and capturing take.
        size_gib: The weights in GiB.
        from_bucket: Whether they are streamed from the bucket; else they are downloaded from the Hub.
        workers: GPU processes of a replica.
        read_once: Whether the processes share the reading, each its part; else each reads everything.
        eager: Whether nothing is compiled or captured (``--enforce-eager``).
        clock: From when on it is counted.
        version: Major and minor of vLLM; default as new as the figures.
        figures: The set of figures to compute with; default the slow end.
    """
    found = figures or engine_figures("slow")
    generation = _generation(gpu)
    slowness = found.slowness[generation]
    if from_bucket:
        weights = size_gib / (workers if read_once else 1) / found.bucket_gib_s
    else:
        weights = size_gib / found.hub_gib_s + size_gib / found.disk_gib_s
    kernels = _kernels(model.kind, found)[model.formats]
    if gpu.capability is not None and gpu.capability >= _WORKSTATION:
        kernels += found.kernels_workstation + (found.kernels_workstation_fp4 if model.formats == "fp4" else 0)
    graphs = (found.graphs + found.graphs_layer * model.layers + found.graphs_gib * size_gib / workers) * slowness
    graphs *= found.graphs_mixed if model.kind is not Kind.DENSE else 1
    graphs *= found.graphs_together if workers > 1 else 1
    graphs *= found.graphs_before if version and version < since("graphs") else 1
    before = found.imports_before if version and version < since("imports") else 1
    imports = found.imports * before * _IMPORTS[clock]
    processes = (found.processes - found.imports + imports) * found.hosts[generation]
    return StartUp(
        processes=math.ceil(processes + (found.together + found.process * workers if workers > 1 else 0)),
        weights=math.ceil(weights),
        compile=0 if eager else _compile(model, slowness, version, found),
        kernels=math.ceil(kernels * slowness),
        graphs=0 if eager else math.ceil(graphs),
    )


def _kernels(kind: Kind, figures: EngineFigures) -> Mapping[str, float]:
    if kind is Kind.DENSE:
        return figures.kernels
    return figures.kernels_hybrid if kind is Kind.HYBRID else figures.kernels_mixed


def _compile(model: StartModel, slowness: float, version: tuple[int, int] | None, figures: EngineFigures) -> int:
    seconds = (figures.compile + figures.compile_layer * model.layers) * slowness
    seconds *= figures.compile_mixed if model.kind is not Kind.DENSE else 1
    seconds *= figures.compile_quantized if model.formats else 1
    seconds *= figures.compile_before if version and version < since("compile") else 1
    return math.ceil(max(seconds, figures.hybrid_compile) if model.kind is Kind.HYBRID else seconds)


def _generation(gpu: GpuMemory) -> str:
    """The key of its factors: how many times longer than on an H100; a third of the compile time of an L4 (vllm-project/vllm#11078)."""
    if gpu.capability is not None and gpu.capability >= _NEWEST:
        return "newest"
    if gpu.capability == _AMPERE_DATA_CENTER:
        return "a100"
    return "ada" if gpu.name in _ADA else "other"


def _format(quantization: Quantization) -> str:
    """The key of its kernels: vLLM compiles DeepGEMM's at the start for FP8 in blocks only (``warmup/deep_gemm_warmup.py``)."""
    family = quantization.family
    if family in _FP4:
        return "fp4"
    if family == "fp8":
        return "fp8_block" if any(scheme.rows for scheme in quantization.schemes) else "fp8"
    return "fp8_block" if family == "mxfp8" else ""
