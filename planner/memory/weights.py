"""Bytes of the weights on one GPU."""

import math

from planner.memory.placement import ExpertSplit, Stage
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Experts
from planner.model.parameters import VOCAB_MULTIPLE, Split, Weight, embedding, final_norm, head, layer_weights
from planner.model.quantization import Quantization
from planner.model.weight_schemes import scheme_of

DTYPE_BYTES = {"bfloat16": 2, "float16": 2, "half": 2, "float32": 4, "float": 4}
ROPE_CACHE_BYTES = 2


def stage_weights(
    shape: ModelArchitecture,
    stage: Stage,
    *,
    tensor_parallel: int,
    quantization: Quantization,
    dtype: str,
    longest: int,
    inner_multiple: int = 1,
    experts: ExpertSplit | None = None,
    stored: bool = False,
) -> float:
    """Bytes of weights that one GPU of a stage holds.

    Args:
        shape: The model.
        stage: The GPU's pipeline stage.
        tensor_parallel: GPUs each layer is split over.
        quantization: How the linear layers are stored.
        dtype: Number format of everything else.
        longest: Positions of the rotary cache.
        inner_multiple: Multiple to which kernels pad a GPU's share of the inner dimension of 4-bit experts.
        experts: How routed experts are dealt to GPUs; None for as tensor parallelism splits the rest.
        stored: Whether to count what the files have, without padding by kernels.
    """
    width = DTYPE_BYTES[dtype]
    measured = _Measure(
        shape,
        quantization,
        width,
        tensor_parallel,
        None if stored else inner_multiple,
        experts or ExpertSplit(ranks=tensor_parallel),
    )
    total = _layer_bytes(shape, stage, measured, alike=not quantization.names_layers)
    padded = _padded_vocab(shape.vocab, tensor_parallel) / shape.vocab
    if stage.first or (stage.last and shape.tied):
        total += measured(embedding(shape), None) * padded
    if stage.last:
        output = head(shape)
        total += (measured(output, None) * padded if output else 0) + measured(final_norm(shape), None)
    if stage.first and shape.vision:
        total += shape.vision.parameters * width / tensor_parallel
    return total + longest * shape.rope_dim * ROPE_CACHE_BYTES + _absorbed(shape, stage, tensor_parallel) * width


def checkpoint_bytes(shape: ModelArchitecture) -> float:
    """Bytes of the published weights: what is downloaded, and read into memory."""
    whole = Stage(layers=range(len(shape.layers)), first=True, last=True)
    rope, dtype = shape.max_positions * shape.rope_dim * ROPE_CACHE_BYTES, stored_dtype(shape)
    total = stage_weights(
        shape,
        whole,
        tensor_parallel=1,
        quantization=shape.quantization,
        dtype=dtype,
        longest=shape.max_positions,
        stored=True,
    )
    return total - rope - _absorbed(shape, whole, 1) * DTYPE_BYTES[dtype]


def stored_dtype(shape: ModelArchitecture) -> str:
    """Number format of the published weights that are not quantized; beside quantized ones there are none in 32 bits."""
    return shape.dtype if shape.quantization.method else shape.stored_dtype or shape.dtype


def _layer_bytes(shape: ModelArchitecture, stage: Stage, measured: "_Measure", *, alike: bool) -> float:
    """Bytes of a stage's layers; those of a kind are measured once, unless a list of exceptions names layers."""
    if not alike:
        return sum(
            measured(weight, index) for index in stage.layers for weight in layer_weights(shape, shape.layers[index])
        )
    return sum(
        kind.count * sum(measured(weight, kind.first) for weight in layer_weights(shape, kind.layer))
        for kind in shape.kinds(stage.layers)
    )


class _Measure:
    """Bytes of one weight on one GPU."""

    def __init__(
        self,
        shape: ModelArchitecture,
        quantization: Quantization,
        width: int,
        tensor_parallel: int,
        inner: int | None,
        experts: ExpertSplit,
    ) -> None:
        self._shape = shape
        self._quantization = quantization
        self._width = width
        self._degree = tensor_parallel
        self._inner_multiple = inner
        self._experts = experts

    def __call__(self, weight: Weight, layer_index: int | None) -> float:
        return weight.count * self._share(weight) * self._bytes(weight, layer_index)

    def _share(self, weight: Weight) -> float:
        if weight.split is Split.WHOLE:
            return 1.0
        if weight.experts:
            return self._experts.share(weight.experts.count)
        if weight.split is Split.BY_KV_HEADS:
            return max(1, weight.kv_heads // self._degree) / weight.kv_heads
        return 1 / self._degree

    def _bytes(self, weight: Weight, layer_index: int | None) -> float:
        scheme = scheme_of(self._quantization, weight, layer_index)
        if scheme is None:
            return self._width
        if self._inner_multiple is None:
            return scheme.stored_bytes
        padding = self._padding(weight.experts, scheme.padding) if weight.experts else 1
        return scheme.loaded_bytes * padding

    def _padding(self, experts: Experts, multiple: int) -> float:
        """How much kernels for 4-bit experts pad: the hidden dimension, and a GPU's share of the inner one."""
        if multiple == 1 or self._inner_multiple is None:
            return 1.0
        local = self._experts.inner(experts.intermediate)
        width = experts.latent_width or self._shape.hidden
        hidden = _rounded(width, multiple) / width
        return hidden * _rounded(math.ceil(local), self._inner_multiple) / local


def _absorbed(shape: ModelArchitecture, stage: Stage, tensor_parallel: int) -> float:
    """Parameters of the copies that decoding with latent attention keeps of its up-projections."""
    return sum(
        kind.count * attention.heads / tensor_parallel * latent.kv_rank * (latent.nope_dim + latent.value_dim)
        for kind in shape.kinds(stage.layers)
        for attention in kind.layer.attentions
        if (latent := attention.latent) and latent.cached
    )


def _padded_vocab(vocab: int, tensor_parallel: int) -> int:
    return _rounded(vocab, math.lcm(VOCAB_MULTIPLE, tensor_parallel))


def _rounded(number: int, multiple: int) -> int:
    return math.ceil(number / multiple) * multiple
