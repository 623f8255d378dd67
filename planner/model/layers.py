"""Layers of a language model: what mixes tokens in one, what transforms each of them, and the dimensions of both.

A :class:`Layer` is a value: layers that are alike are equal, so what is computed of one holds for all of its kind.
"""

from dataclasses import dataclass


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
    cached: bool = True
    """Whether vLLM caches the compressed form; else the keys and values of every head, as of other attention."""


@dataclass(frozen=True, kw_only=True)
class Indexer:
    """Picks the tokens that sparse attention looks at (DeepSeek V3.2), with a cache of its own."""

    heads: int
    """Heads of its queries."""
    head_dim: int
    """Dimension of a head; one key of it is cached for each token."""
    top: int
    """Tokens that are picked."""
    shared: bool = False
    """Whether the layer uses what an earlier layer's indexer picked, and has neither weights nor a cache for it."""
    of_blocks: bool = False
    """Whether it picks blocks of tokens (MiniMax M3): with as many heads as there are of keys, and keys in 16 bits."""


@dataclass(frozen=True, kw_only=True)
class Compressed:
    """DeepSeek V4's attention to a window and to compressed keys, whose heads share one key that is the value too."""

    ratio: int
    """Tokens that are compressed to one key: 4 or 128; 0 where the layer sees its window alone."""
    q_rank: int
    """Rank of the queries."""
    out_rank: int
    """Rank of each group of the output."""
    out_groups: int
    """Groups of the output."""
    index_heads: int
    """Heads of the indexer that layers of ratio 4 have."""
    index_dim: int
    """Dimension of such a head."""


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Attention with a cache of keys and values."""

    heads: int
    """Heads of queries."""
    kv_heads: int
    """Heads of keys and values."""
    head_dim: int
    """Dimension of a head's query and key."""
    value_dim: int
    """Dimension of a head's value."""
    window: int | None = None
    """Tokens of the sliding window or of the chunk; None for full attention."""
    chunked: bool = False
    """Whether attention stays within chunks of ``window`` tokens rather than a sliding window."""
    latent: Latent | None = None
    """Multi-head latent attention, if it is that."""
    compressed: Compressed | None = None
    """Compressed attention, if it is that."""
    indexer: Indexer | None = None
    """The indexer of sparse attention, if there is one."""
    qkv_bias: bool = False
    """Whether queries, keys and values have biases."""
    o_bias: bool = False
    """Whether the output has a bias."""
    qk_norm: int = 0
    """Parameters of the norms of queries and keys."""
    sinks: bool = False
    """Whether each head has an attention sink."""
    output_gate: bool = False
    """Whether a gate as wide as the queries multiplies the output; with latent attention, as wide as the values."""
    head_gate: bool = False
    """Whether a gate for each head multiplies its output (Step 3.5)."""
    query_rank: int = 0
    """Width that queries are projected to first, which every GPU has whole (Step 3); 0 for none."""
    shares_kv: bool = False
    """Whether it uses keys and values of an earlier layer, and has neither projections nor a cache for them."""
    keys_are_values: bool = False
    """Whether keys are the values too, and there is no projection of values."""
    cached: bool = True
    """Whether keys and values are kept between steps; not so in encoders."""


@dataclass(frozen=True, kw_only=True)
class StateSpace:
    """A Mamba mixer: the state of a request has a fixed size."""

    version: int
    """1 or 2."""
    inner: int
    """Inner width: heads times ``head_dim`` in Mamba 2."""
    heads: int
    """Heads; ``inner`` of 1 each in Mamba 1."""
    head_dim: int
    """Dimension of a head."""
    state: int
    """State of each channel."""
    groups: int = 1
    """Groups that share B and C."""
    conv_kernel: int = 4
    """Length of the convolution."""
    step_rank: int = 0
    """Rank of the time step's projection (Mamba 1)."""
    conv_bias: bool = True
    """Whether the convolution has a bias."""
    bias: bool = False
    """Whether the projections have biases."""
    norm: bool = True
    """Whether the output is normed before its projection."""


@dataclass(frozen=True, kw_only=True)
class DeltaNet:
    """A gated delta net or Kimi delta attention: the state of a request has a fixed size."""

    key_heads: int
    """Heads of queries and keys."""
    value_heads: int
    """Heads of values."""
    key_dim: int
    """Dimension of a head's key."""
    value_dim: int
    """Dimension of a head's value."""
    conv_kernel: int = 4
    """Length of the convolutions."""
    kimi: bool = False
    """Whether it is Kimi delta attention: low-rank gates, and a convolution each for queries, keys and values."""
    full_gate: bool = False
    """Whether the gate of its output is one projection rather than of low rank (Kimi K3)."""


@dataclass(frozen=True, kw_only=True)
class ShortConvolution:
    """A gated short convolution (LFM2)."""

    width: int
    """Its channels."""
    kernel: int
    """Its length."""
    bias: bool = False
    """Whether projections and convolution have biases."""


@dataclass(frozen=True, kw_only=True)
class LinearAttention:
    """Lightning attention (MiniMax): a state of ``head_dim`` squared for each head."""

    heads: int
    """Heads."""
    head_dim: int
    """Dimension of a head."""


@dataclass(frozen=True, kw_only=True)
class Mlp:
    """A dense feed-forward network."""

    intermediate: int
    """Inner dimension."""
    gated: bool = True
    """Whether it has a gate beside its up projection."""
    bias: bool = False
    """Whether it has biases."""


@dataclass(frozen=True, kw_only=True)
class Experts:
    """A mixture of experts."""

    count: int
    """Routed experts; all of them are in memory."""
    per_token: int
    """Experts that compute each token."""
    intermediate: int
    """Inner dimension of one expert."""
    gated: bool = True
    """Whether each has a gate beside its up projection."""
    shared_intermediate: int = 0
    """Inner dimension of what every token passes beside the routed experts; 0 if nothing."""
    shared_gate: bool = False
    """Whether the shared expert has a gate of its own."""
    latent_width: int = 0
    """Width that tokens are projected to before the routed experts; 0 where those work on the hidden width."""
    latent_norm: bool = False
    """Whether what the routed experts make is normed at that width."""
    zero_experts: int = 0
    """Choices of the router that have no weights."""
    router_bias: bool = False
    """Whether the router has a bias for each expert."""
    bias: bool = False
    """Whether the experts have biases."""


Mixer = Attention | StateSpace | DeltaNet | ShortConvolution | LinearAttention
FeedForward = Mlp | Experts


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer: any number of mixers and feed-forward networks; hybrids have layers with one of the two only."""

    mixers: tuple[Mixer, ...]
    """What mixes tokens; two where attention and Mamba run side by side, or a layer has two attentions."""
    feed_forward: tuple[FeedForward, ...]
    """What transforms each token."""
    norms: int = 2
    """Norms of the hidden width."""

    @property
    def attentions(self) -> tuple[Attention, ...]:
        """Its attention mixers."""
        return tuple(mixer for mixer in self.mixers if isinstance(mixer, Attention))

    @property
    def experts(self) -> tuple[Experts, ...]:
        """Its mixtures of experts."""
        return tuple(part for part in self.feed_forward if isinstance(part, Experts))

    @property
    def mlps(self) -> tuple[Mlp, ...]:
        """Its dense networks."""
        return tuple(part for part in self.feed_forward if isinstance(part, Mlp))
