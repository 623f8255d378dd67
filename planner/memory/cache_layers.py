"""What each layer of a model caches, given the release and the options that bear on it."""

from collections import Counter
from dataclasses import dataclass

from planner.memory.cache_bytes import indexer_token_bytes, token_bytes
from planner.memory.cache_specs import (
    BLOCK_TOKENS,
    LATENT_BLOCK_TOKENS,
    SPARSE_BLOCK_TOKENS,
    CacheSpec,
    Holding,
    StateCaching,
    hybrid_block_tokens,
    state_caching,
)
from planner.memory.state_cache import StateMixer, state_bytes, state_format, state_mixers
from planner.memory.vllm_version import VllmVersion
from planner.model.architecture import ModelArchitecture
from planner.model.layers import Attention, DeltaNet, StateSpace

_WINDOWS_SINCE, _CHUNKS_SINCE = 10, 14
"""Releases since which layers with a window, or with chunks, drop what is outside although others keep everything."""


@dataclass(frozen=True, kw_only=True)
class CacheOptions:
    """What decides the cache beside the model."""

    engine: VllmVersion
    """Version of vLLM."""
    tensor_parallel: int
    """GPUs each layer is split over."""
    dtype: str
    """Number format of activations."""
    cache_dtype: str = "auto"
    """``kv_cache_dtype``."""
    in_flight: int
    """Tokens of the steps under way."""
    sequences: int = 1
    """``max_num_seqs``."""
    graphs: bool = True
    """Whether CUDA graphs are captured."""
    capability: float | None = None
    """Compute capability of the GPU."""
    block_size: int | None = None
    """``block_size``; None for vLLM's choice."""
    context_parallel: int = 1
    """``decode_context_parallel_size``."""
    prefix_caching: bool | None = None
    """``enable_prefix_caching``; None for vLLM's default."""
    drop_outside: bool = True
    """Whether windows and chunks drop what is outside: not with ``disable_hybrid_kv_cache_manager``."""
    state_mode: str = ""
    """``mamba_cache_mode``."""
    state_dtype: str = "auto"
    """``mamba_cache_dtype``."""
    recurrent_dtype: str = "auto"
    """``mamba_ssm_cache_dtype``."""
    drafted: int = 0
    """Speculative tokens."""
    given_blocks: int | None = None
    """``num_gpu_blocks_override``."""


def layer_caches(
    shape: ModelArchitecture, layers: range, options: CacheOptions, draft: tuple[Attention, ...] = ()
) -> Counter[CacheSpec]:
    """How many caches there are of each kind in some layers; a layer with two mixers has two."""
    every = (*shape.attentions, *draft)
    cached = [each for each in every if each.cached and not each.shares_kv]
    block, page = _block(shape, cached, options)
    drops = options.drop_outside and (
        options.engine.since(_WINDOWS_SINCE) or len({each.window for each in cached}) == 1
    )
    found: Counter[CacheSpec] = Counter()
    for kind in shape.kinds(layers):
        for mixer in kind.layer.mixers:
            if isinstance(mixer, StateMixer):
                found[_state(shape, mixer, options, block, page)] += kind.count
            else:
                for spec in _attention(mixer, options, block, drops=drops):
                    found[spec] += kind.count
    for mixer in draft:
        for spec in _attention(mixer, options, block, drops=drops):
            found[spec] += 1
    return found


def _token_bytes(attention: Attention, options: CacheOptions) -> float:
    return token_bytes(
        attention,
        tensor_parallel=options.tensor_parallel,
        dtype=options.dtype,
        cache_dtype=options.cache_dtype,
        engine=options.engine,
        capability=options.capability,
    )


def _attention(attention: Attention, options: CacheOptions, block: int, *, drops: bool) -> list[CacheSpec]:
    if not attention.cached or attention.shares_kv:
        return []
    each = _token_bytes(attention, options)
    window, holding = attention.window or 0, Holding.FULL
    if window and drops and (not attention.chunked or options.engine.since(_CHUNKS_SINCE)):
        holding = Holding.CHUNK if attention.chunked else Holding.WINDOW
    specs = [
        CacheSpec(
            holding=holding,
            page_bytes=round(each * block),
            block_tokens=block,
            window=window if holding is not Holding.FULL else 0,
        )
    ]
    if attention.indexer and not attention.indexer.shared:
        key = indexer_token_bytes(attention.indexer)
        specs.append(CacheSpec(holding=Holding.FULL, page_bytes=key * block, block_tokens=block))
    return specs


def _state(shape: ModelArchitecture, mixer: StateMixer, options: CacheOptions, block: int, page: int) -> CacheSpec:
    caching = _caching(shape, options)
    own = _state_page(shape, mixer, options)
    drafted = options.drafted if options.engine.since(16) else 0
    states = {
        StateCaching.NONE: 1 + drafted,
        StateCaching.ALIGN: 2 + drafted + _checkpoints(mixer, options.engine),
        StateCaching.ALL: drafted if options.engine.since(22) else 0,
    }[caching]
    return CacheSpec(
        holding=Holding.STATES if caching is StateCaching.ALL else Holding.STATE,
        page_bytes=max(page, own),
        block_tokens=0 if caching is StateCaching.NONE else block,
        states=states,
    )


def _block(shape: ModelArchitecture, cached: list[Attention], options: CacheOptions) -> tuple[int, int]:
    """Tokens of a block of attention, and the bytes of its page to which states are padded (0 where there are none)."""
    latent = any(each.latent and each.latent.cached for each in cached)
    sparse = any(each.indexer for each in cached)
    plain = options.block_size or BLOCK_TOKENS
    if any(each.indexer and each.indexer.of_blocks for each in cached):
        plain = max(plain, SPARSE_BLOCK_TOKENS)
    if latent and (sparse or options.cache_dtype != "auto"):
        plain = max(plain, LATENT_BLOCK_TOKENS)
    mixers = state_mixers(shape)
    if not mixers or not cached:
        return plain, 0
    first = cached[0]
    each = _token_bytes(first, options)
    state = max(_state_page(shape, mixer, options) for mixer in mixers)
    block = hybrid_block_tokens(
        engine=options.engine,
        token_bytes=each,
        state=state,
        latent=latent,
        head_dim=first.head_dim,
        capability=options.capability,
        block_size=options.block_size,
        caching=_caching(shape, options),
    )
    return block, round(block * each)


def _state_page(shape: ModelArchitecture, mixer: StateMixer, options: CacheOptions) -> int:
    form = state_format(
        shape,
        mixer,
        dtype=options.dtype,
        engine=options.engine,
        cache_dtype=options.state_dtype,
        ssm_cache_dtype=options.recurrent_dtype,
    )
    return state_bytes(
        mixer,
        tensor_parallel=options.tensor_parallel,
        form=form,
        drafted=options.drafted,
        engine=options.engine,
    )


def _caching(shape: ModelArchitecture, options: CacheOptions) -> StateCaching:
    wanted = options.prefix_caching
    if wanted is None and not shape.attentions:
        wanted = False  # models of states alone have no prefix caching unless it is given
    return state_caching(
        engine=options.engine,
        prefix_caching=wanted,
        stated=options.state_mode,
        every_state=all(isinstance(mixer, StateSpace) for mixer in state_mixers(shape)),
        speculative=options.drafted > 0,
    )


def _checkpoints(mixer: StateMixer, engine: VllmVersion) -> int:
    """States that a prompt's processing keeps beside, for prefix caching at the end of a block."""
    if isinstance(mixer, DeltaNet):
        return 1 if engine.since(29 if mixer.kimi else 33) else 0
    return 1 if isinstance(mixer, StateSpace) and mixer.version > 1 and engine.since(32) else 0
