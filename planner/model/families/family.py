"""What a ``model_type`` implies without saying so in its ``config.json``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from planner.model.layers import Attention, Experts, Layer, Mlp

Build = Callable[[Attention, Mlp | None, Experts | None], Layer]
"""Makes a layer of its attention, its dense network and its mixture, as far as it has those."""


@dataclass(frozen=True, kw_only=True)
class Family:
    """What a ``model_type`` implies without saying so in its ``config.json``."""

    architecture: str
    """Class that vLLM loads where the configuration names none."""
    qkv_bias: bool = False
    """Whether queries, keys and values have biases, where the configuration is silent."""
    o_bias: bool = False
    """Whether the attention's output has one."""
    mlp_bias: bool = False
    """Whether the MLP has biases."""
    head_norms: bool = False
    """Whether queries and keys are normed, each head by itself."""
    wide_norms: bool = False
    """Whether queries and keys are normed over all heads."""
    layer_norms: int = 2
    """Norms of the hidden width in a layer."""
    norm_bias: bool = False
    """Whether norms have a bias beside their weight."""
    gated_mlp: bool | None = True
    """Whether the MLP has a gate; None where the activation decides it."""
    tied: bool = False
    """Whether the embedding is the output layer, where the configuration is silent."""
    sinks: bool = False
    """Whether each head has an attention sink."""
    window_every: int = 0
    """Every how many layers attention is full, where the configuration is silent; 0 for always."""
    learned_positions: bool = False
    """Whether positions are an embedding."""
    output_gate: bool = False
    """Whether a gate as wide as the queries multiplies the attention's output."""
    output_bias_as_stated: bool = False
    """Whether ``attention_bias`` means the attention's output as well."""
    halves_intermediate: bool = False
    """Whether networks are half as wide as the configuration says (Qwen 1)."""
    four_times_hidden: bool = False
    """Whether networks are four times as wide as the model where the configuration is silent."""
    shared_gate: bool = False
    """Whether the shared expert has a gate of its own."""
    shared_as_wide: bool = False
    """Whether one shared expert, as wide as a routed one, stands beside them where the configuration is silent."""
    router_bias: bool = False
    """Whether the router has a bias for each expert."""
    expert_bias: bool = False
    """Whether experts have biases."""
    chunked: bool = False
    """Whether attention stays within chunks where the configuration gives their size (Llama 4)."""
    full_head_dim: int = 0
    """Dimension of a head in layers with full attention, where the configuration is silent; 0 for that of the others."""
    encoder: bool = False
    """Whether it is an encoder: every token sees every other, and nothing is cached."""
    embedding_norm: bool = False
    """Whether embeddings are normed before the first layer."""
    pooler: bool = False
    """Whether a pooler follows the last layer."""
    final_norm: bool = True
    """Whether a norm follows the last layer."""
    build: Build | None = None
    """Makes a layer of its parts where that is not one attention and one network; see :mod:`planner.model.blocks`."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Names that this family reads before the usual ones, by the first usual one."""
