"""Peak of the profiling run: what vLLM sets aside for activations before it sizes the KV cache.

vLLM runs the model once with ``max_num_batched_tokens`` dummy tokens, then samples for ``max_num_seqs`` of them. The
peak is the larger of two moments. Inside a layer: the residual stream and the MLP's projections. In the sampler: the
logits in 16 and in 32 bits, and what the sampler makes of them, while the hidden states are still alive. Which copies
those are was read from ``v1/sample`` of each release (see :mod:`planner.memory.vllm_version`).
"""

from dataclasses import dataclass

from planner.memory.placement import ExpertSplit, Stage
from planner.memory.vllm_version import VllmVersion
from planner.memory.weights import DTYPE_BYTES
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention, Experts, FeedForward, Layer
from planner.model.quantization import Quantization
from planner.units import GIB

LOGIT_BYTES = 4
SORTED_COPIES = 9.5
"""Sampler up to 0.16, in 32-bit logits: 16-bit logits (half), 32-bit logits, sorted values, their 64-bit indices (two),
and the sort's own buffers; softmax and sum reuse what the sort gave back. Measured: 9.5 (H100, 0.11 to 0.16)."""
PIVOT_COPIES = 3.5
"""Sampler since 0.17: 16-bit logits, 32-bit logits, probabilities and the exponential noise."""
RUNNER_2_COPIES = 0.5
"""Second model runner: the 16-bit logits alone, noise is drawn inside the kernel."""
PIVOT_PROGRAMS = 132
"""Rows of the vocabulary the top-p kernel keeps as scratch: one each multiprocessor, at most."""
SAMPLER_FIXED = 0.05 * GIB
"""What else the sampler holds, whatever the model."""
LAYER_FIXED = 0.04 * GIB
"""What else a forward pass holds: attention metadata, rotary positions, workspaces."""
TUNING = 0.4 * GIB
"""What the compiler's benchmarks add to the peak: 0 with a warm compile cache, 0.6 to 1.7 GiB with a cold one."""
STREAM_COPIES = 4
"""Copies of the residual stream's width alive in a layer: residual, its norm, the attention's and the MLP's output."""


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The peak on one GPU."""

    layer: float
    """Bytes inside a layer."""
    sampler: float
    """Bytes in the sampler; 0 on a stage that does not sample."""
    workspace: float
    """Bytes of the experts' workspace, which outlives the layer."""

    @property
    def peak(self) -> float:
        """The larger moment."""
        return max(self.layer, self.sampler) + self.workspace


def activation(
    shape: ModelArchitecture,
    stage: Stage,
    *,
    tensor_parallel: int,
    dtype: str,
    engine: VllmVersion,
    quantization: Quantization,
    sequences: int,
    batched_tokens: int,
    pipeline_parallel: int,
    eager: bool,
    experts: ExpertSplit,
    drafted: int = 0,
    data_parallel: int = 1,
) -> Activation:
    """The peak of the profiling run on one GPU of a stage.

    With speculative tokens the sampler checks twice as many rows of logits. Data parallel copies hand each other their
    tokens, so that every GPU's experts see those of all.
    """
    width = DTYPE_BYTES[dtype]
    stream = batched_tokens * shape.hidden * width
    block = (
        width * batched_tokens / tensor_parallel * max(_block_width(kind.layer, shape.hidden) for kind in shape.kinds())
    )
    passed_on = 2 * stream if pipeline_parallel > 1 else 0
    tuning = TUNING if engine.tunes_while_profiling and not eager else 0.0
    sampler = 0.0
    if stage.last:
        sampled = min(sequences, batched_tokens) * (2 if drafted else 1)
        second = runs_on_second(shape, engine, quantization)
        sampler = stream + _sampler(shape.vocab, sampled, width, engine, second_runner=second)
    return Activation(
        layer=block + STREAM_COPIES * stream + passed_on + LAYER_FIXED + tuning,
        sampler=sampler,
        # The kernels for MXFP4 experts bring no workspace of their own.
        workspace=0.0
        if quantization.family == "mxfp4"
        else _workspace(shape, batched_tokens * data_parallel, experts, width),
    )


def runs_on_second(shape: ModelArchitecture, engine: VllmVersion, quantization: Quantization) -> bool:
    """Whether vLLM's second model runner serves this model."""
    return engine.runner_2(shape.architecture, dense=not shape.experts, quantized=bool(quantization.method))


def _sampler(vocab: int, sampled: int, width: int, engine: VllmVersion, *, second_runner: bool) -> float:
    logits = sampled * vocab * LOGIT_BYTES
    extra = logits * (width / LOGIT_BYTES - RUNNER_2_COPIES)  # logits in 32 bits where the model computes in those
    if second_runner:
        return logits * RUNNER_2_COPIES + extra + SAMPLER_FIXED
    if engine.sorts_logits:
        return logits * SORTED_COPIES + extra + SAMPLER_FIXED
    scratch = min(sampled, PIVOT_PROGRAMS) * vocab * LOGIT_BYTES
    return logits * PIVOT_COPIES + extra + scratch + SAMPLER_FIXED


def _workspace(shape: ModelArchitecture, batched_tokens: int, split: ExpertSplit, width: int) -> float:
    """The fused experts' buffers: the larger of up projection and output, beside the activated inner dimension."""
    peaks = [
        batched_tokens * experts.per_token * (max(2 * inner, experts.latent_width or shape.hidden) + inner) * width
        for experts in shape.experts
        for inner in (split.inner(experts.intermediate),)
    ]
    return max(peaks, default=0.0)


def _block_width(layer: Layer, hidden: int) -> float:
    """Numbers that one token has inside a layer at once, over all GPUs: of its widest network or of attention."""
    networks = [(3 if part.gated else 2) * _inner(part) for part in layer.feed_forward]
    attention = [2 * _attention_width(each, hidden) for each in layer.attentions]
    return max((*networks, *attention), default=0)


def _attention_width(attention: Attention, hidden: int) -> int:
    """Queries, keys and values; with latent attention together about three times the hidden width."""
    return 3 * hidden if attention.latent else (attention.heads + 2 * attention.kv_heads) * attention.head_dim


def _inner(part: FeedForward) -> int:
    return part.shared_intermediate if isinstance(part, Experts) else part.intermediate
