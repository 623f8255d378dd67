"""What the planner must know of a model: the dimensions in its ``config.json``, under one name each."""

from dataclasses import dataclass, field
from functools import cached_property

from planner.model.quantization import UNQUANTIZED, Quantization


@dataclass(frozen=True, kw_only=True)
class Latent:
    """Multi-head latent attention: DeepSeek's compressed keys and values."""

    q_rank: int | None
    """Rank of the compressed queries; None where queries are not compressed."""
    kv_rank: int
    """Rank of the compressed keys and values."""
    nope_dim: int
    """Dimension of a head's part without position."""
    rope_dim: int
    """Dimension of a head's part with position, shared by all heads."""
    value_dim: int
    """Dimension of a head's value."""


@dataclass(frozen=True, kw_only=True)
class Experts:
    """A mixture of experts."""

    count: int
    """Routed experts of a layer; all of them are in memory."""
    per_token: int
    """Experts that compute each token."""
    intermediate: int
    """Inner dimension of one expert."""
    shared_intermediate: int = 0
    """Inner dimension of what every token passes beside the routed experts; 0 if nothing."""
    shared_gate: bool = False
    """Whether the shared expert has a gate of its own."""
    layers: frozenset[int] = frozenset()
    """Indices of the layers that have experts; the others are dense."""
    router_bias: bool = False
    """Whether the router has a bias for each expert."""
    bias: bool = False
    """Whether the experts have biases."""


@dataclass(frozen=True, kw_only=True)
class Vision:
    """A vision tower beside the language model."""

    parameters: int
    """Parameters of tower and projector, in 16 bits and whole on every GPU of a stage, or split; see the weights."""


@dataclass(frozen=True, kw_only=True)
class ModelArchitecture:
    """Dimensions of a decoder-only language model."""

    model_type: str
    """``model_type`` of the language model in its configuration."""
    architecture: str
    """Class that vLLM loads, such as ``LlamaForCausalLM``."""
    hidden: int
    """Width of the residual stream."""
    layers: int
    """Decoder layers."""
    heads: int
    """Attention heads."""
    kv_heads: int
    """Key and value heads."""
    head_dim: int
    """Dimension of a head."""
    intermediate: int
    """Inner dimension of a dense layer's MLP."""
    vocab: int
    """Entries of the vocabulary."""
    max_positions: int
    """Longest context the model was made for, rope scaling included."""
    dtype: str = "bfloat16"
    """Number format of its weights as published."""
    tied: bool = False
    """Whether the output layer is the embedding."""
    gated_mlp: bool = True
    """Whether the MLP has a gate beside its up projection."""
    qkv_bias: bool = False
    """Whether queries, keys and values have biases."""
    o_bias: bool = False
    """Whether the attention's output has a bias."""
    mlp_bias: bool = False
    """Whether the MLP has biases."""
    qk_norm: int = 0
    """Parameters of the norms of queries and keys in a layer."""
    layer_norms: int = 2
    """Norms of width ``hidden`` in a layer."""
    norm_bias: bool = False
    """Whether norms have a bias beside their weight."""
    sinks: bool = False
    """Whether each head has an attention sink."""
    learned_positions: int = 0
    """Entries of a learned position embedding; 0 for rotary positions."""
    rope_dim: int = 0
    """Dimension of a head that is rotated."""
    windows: tuple[int | None, ...] = ()
    """Sliding window of each layer; None for full attention."""
    latent: Latent | None = None
    """Multi-head latent attention, if that is what it has."""
    experts: Experts | None = None
    """The mixture of experts, if there is one."""
    vision: Vision | None = None
    """The vision tower, if there is one."""
    quantization: Quantization = UNQUANTIZED
    """How its published weights are quantized."""
    familiar: bool = True
    """Whether this ``model_type`` is one the planner was written for."""
    uncovered: tuple[str, ...] = field(default=())
    """Names of what the planner cannot compute of it."""

    @cached_property
    def window_kinds(self) -> dict[int | None, int]:
        """How many layers have each window."""
        kinds: dict[int | None, int] = {}
        for window in self.windows or (None,) * self.layers:
            kinds[window] = kinds.get(window, 0) + 1
        return kinds

    def has_experts(self, layer: int) -> bool:
        """Whether a layer is a mixture of experts."""
        return self.experts is not None and layer in self.experts.layers
