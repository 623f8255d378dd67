"""Published hybrids as layers, for tests: dimensions of their ``config.json``."""

from collections.abc import Sequence

from planner.memory.kv_cache import CacheOptions, KvLayout, kv_layout
from planner.memory.placement import stages
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention, DeltaNet, Latent, Layer, Mixer, Mlp, ShortConvolution, StateSpace

NETWORK = (Mlp(intermediate=1024),)


def attention(heads: int, kv_heads: int, head_dim: int, **more: object) -> Attention:
    """Attention with keys as wide as values."""
    return Attention(heads=heads, kv_heads=kv_heads, head_dim=head_dim, value_dim=head_dim, **more)  # type: ignore[arg-type]


def model(kind: str, mixers: Sequence[tuple[Mixer, ...]], **more: object) -> ModelArchitecture:
    """A model of layers with these mixers."""
    return ModelArchitecture(
        model_type=kind,
        architecture="Any",
        hidden=2048,
        layers=tuple(Layer(mixers=each, feed_forward=NETWORK) for each in mixers),
        vocab=1000,
        max_positions=262144,
        **more,  # type: ignore[arg-type]
    )


DELTA = DeltaNet(key_heads=16, value_heads=32, key_dim=128, value_dim=128)
QWEN3_NEXT = model("qwen3_next", [(DELTA,)] * 36 + [(attention(16, 2, 256),)] * 12)
QWEN3_6_35B = model("qwen3_5_moe_text", [(DELTA,)] * 30 + [(attention(16, 2, 256),)] * 10, state_dtype="float32")
QWEN3_5_27B = model(
    "qwen3_5_text",
    [(DeltaNet(key_heads=16, value_heads=48, key_dim=128, value_dim=128),)] * 48 + [(attention(24, 4, 256),)] * 16,
    state_dtype="float32",
)
QWEN3_5_08B = model(
    "qwen3_5_text",
    [(DeltaNet(key_heads=16, value_heads=16, key_dim=128, value_dim=128),)] * 18 + [(attention(8, 2, 256),)] * 6,
    state_dtype="float32",
)
MAMBA_2 = StateSpace(version=2, inner=4096, heads=64, head_dim=64, state=128, groups=8)
NEMOTRON_NANO = model("nemotron_h", [(MAMBA_2,)] * 23 + [()] * 23 + [(attention(32, 2, 128),)] * 6)
GRANITE_TINY = model(
    "granitemoehybrid",
    [(StateSpace(version=2, inner=3072, heads=48, head_dim=64, state=128),)] * 36 + [(attention(12, 4, 128),)] * 4,
)
FALCON = model(
    "falcon_h1", [(attention(12, 2, 128), StateSpace(version=2, inner=4096, heads=32, head_dim=128, state=256))] * 44
)
LFM2 = model("lfm2", [(ShortConvolution(width=2048, kernel=3),)] * 10 + [(attention(32, 8, 64),)] * 6)
MAMBA_ONLY = model("mamba2", [(StateSpace(version=2, inner=8192, heads=128, head_dim=64, state=128, groups=8),)] * 64)
LATENT = Latent(q_rank=None, kv_rank=512, nope_dim=128, rope_dim=64, value_dim=128)
KIMI = model(
    "kimi_linear",
    [(DeltaNet(key_heads=32, value_heads=32, key_dim=128, value_dim=128, kimi=True),)] * 20
    + [(attention(32, 32, 192, latent=LATENT),)] * 7,
)


def layout(shape: ModelArchitecture, version: str, *, tp: int = 1, in_flight: int = 8192, **more: object) -> KvLayout:
    """The KV cache of a model on one stage."""
    options = CacheOptions(
        engine=VllmVersion.of(version),
        tensor_parallel=tp,
        dtype="bfloat16",
        in_flight=in_flight,
        **more,  # type: ignore[arg-type]
    )
    return kv_layout(shape, stages(shape, 1)[0], options)


def attention_block(found: KvLayout) -> int:
    """Tokens of a block of the attention layers: "Setting attention block size to N tokens"."""
    return next(spec.block_tokens for spec in found.groups if not spec.is_state)
