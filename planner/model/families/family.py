"""What a ``model_type`` implies without saying so in its ``config.json``."""

from dataclasses import dataclass


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
    gated_mlp: bool = True
    """Whether the MLP has a gate."""
    tied: bool = False
    """Whether the embedding is the output layer, where the configuration is silent."""
    sinks: bool = False
    """Whether each head has an attention sink."""
    window_every: int = 0
    """Every how many layers attention is full, where the configuration is silent; 0 for always."""
    learned_positions: bool = False
    """Whether positions are an embedding."""
