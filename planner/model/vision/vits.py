"""Vision towers of other models: CLIP and SigLIP, Pixtral, InternViT, MoonViT, and those of Llama 4 and Gemma 4.

After vLLM's ``clip.py``, ``siglip.py``, ``pixtral.py``, ``intern_vit.py``, ``kimi_k25_vit.py``, ``mllama4.py`` and
``Gemma4VisionModel`` in Transformers.
"""

from planner.model.keys import Keys
from planner.model.vision.blocks import attention, layer_norm, linear, network

_CHANNELS = 3


def clip(tower: Keys) -> int:
    """CLIP: a class token, learned positions, norms before and after."""
    width, patches = _width(tower), _patch_count(tower)
    embeddings = _patches(tower, width, bias=False) + width + (patches + 1) * width
    return embeddings + 2 * layer_norm(width) + _depth(tower) * _plain_block(tower, width)


def siglip(tower: Keys) -> int:
    """SigLIP: learned positions, one norm after."""
    width = _width(tower)
    embeddings = _patches(tower, width, bias=True) + _patch_count(tower) * width
    return embeddings + layer_norm(width) + _depth(tower) * _plain_block(tower, width)


def pixtral(tower: Keys) -> int:
    """Pixtral: rotary positions, RMS norms, gated networks, no biases."""
    width = _width(tower)
    block = 2 * width + attention(width, bias=False) + network(width, _inner(tower), gated=True, bias=False)
    return _patches(tower, width, bias=False) + width + _depth(tower) * block


def intern_vit(tower: Keys) -> int:
    """InternViT: a class token, learned positions, a scale after attention and network; norms of queries and keys."""
    width, patches = _width(tower), _patch_count(tower)
    biased = tower.flag("qkv_bias", "attention_bias")
    mixer = attention(width, bias=False) + width + (0 if biased is False else 3 * width)
    normed = 2 * width if tower.flag("qk_normalization", "use_qk_norm") else 0
    rms = "rms" in str(tower.raw("norm_type") or "")
    norms = 2 * (width if rms else layer_norm(width)) + normed
    block = mixer + norms + 2 * width + network(width, _inner(tower), gated=False, bias=True)
    return _patches(tower, width, bias=True) + (patches + 2) * width + _depth(tower) * block


def moon_vit(tower: Keys) -> int:
    """MoonViT of Kimi K2.5: a grid of positions; its keys start with ``vt_``."""
    width = tower.count("vt_hidden_size", "hidden_size") or 0
    depth = tower.count("vt_num_hidden_layers", "num_hidden_layers") or 0
    inner = tower.count("vt_intermediate_size", "intermediate_size") or 0
    grid = (tower.count("init_pos_emb_height") or 64) * (tower.count("init_pos_emb_width") or 64) * width
    block = 2 * layer_norm(width) + attention(width, bias=True) + network(width, inner, gated=False, bias=True)
    return _patches(tower, width, bias=True) + grid + depth * block + layer_norm(width)


def moon_vit_3(tower: Keys) -> int:
    """MoonViT of Kimi K3: RMS norms, no biases, and attention of a width of its own (``qkv_hidden_size``)."""
    width = tower.count("vt_hidden_size") or 0
    depth, inner = tower.count("vt_num_hidden_layers") or 0, tower.count("vt_intermediate_size") or 0
    grid = (tower.count("init_pos_emb_height") or 64) * (tower.count("init_pos_emb_width") or 64) * width
    block = 2 * width + 4 * width * (tower.count("qkv_hidden_size") or width) + 2 * width * inner
    return _patches(tower, width, bias=False) + grid + depth * block + width


def minimax_m3(tower: Keys) -> int:
    """MiniMax M3: patches of two frames, rotary positions, a norm before the first block."""
    width = _width(tower)
    return 2 * _patches(tower, width, bias=False) + layer_norm(width) + _depth(tower) * _plain_block(tower, width)


def llama4(tower: Keys) -> int:
    """Llama 4: a class token, learned positions, norms before and after, and an adapter that shuffles pixels."""
    width, patches = _width(tower), _patch_count(tower)
    block = 2 * layer_norm(width) + attention(width, bias=True) + network(width, _inner(tower), gated=False, bias=True)
    ratio = tower.number("pixel_shuffle_ratio", least=0.01, most=1) or 0.5
    adapter_in = tower.count("projector_input_dim") or 0
    adapter_out = tower.count("projector_output_dim") or 0
    shuffled = round(width / ratio**2)
    adapter = linear(shuffled, adapter_in, bias=False) + linear(adapter_in, adapter_out, bias=False)
    embeddings = _patches(tower, width, bias=False) + width + (patches + 1) * width
    return embeddings + 2 * layer_norm(width) + _depth(tower) * block + adapter


def gemma4(tower: Keys) -> int:
    """Gemma 4: a table of positions for either axis, four RMS norms and gated networks, norms of queries and keys."""
    width = _width(tower)
    head = tower.count("head_dim") or 0
    heads = tower.count("num_attention_heads") or 1
    kv_heads = tower.count("num_key_value_heads") or heads
    mixer = 2 * width * heads * head + 2 * width * kv_heads * head + 2 * head
    block = 4 * width + mixer + network(width, _inner(tower), gated=True, bias=False)
    positions = 2 * (tower.count("position_embedding_size") or 0) * width
    scaled = 2 * width if tower.flag("standardize") else 0
    return _patches(tower, width, bias=False) + positions + scaled + _depth(tower) * block


def _plain_block(tower: Keys, width: int) -> int:
    return 2 * layer_norm(width) + attention(width, bias=True) + network(width, _inner(tower), gated=False, bias=True)


def _width(tower: Keys) -> int:
    return tower.count("hidden_size", "embed_dim", "width") or 0


def _inner(tower: Keys) -> int:
    ratio = tower.number("mlp_ratio", most=100) or 4.0
    return tower.count("intermediate_size") or round(_width(tower) * ratio)


def _depth(tower: Keys) -> int:
    return tower.count("num_hidden_layers", "depth", "layers", most=2000) or 0


def _side(tower: Keys, name: str, otherwise: int) -> int:
    """A side in pixels: one number, or the first of two (InternVL in Transformers)."""
    if not isinstance(tower.raw(name), list):
        return tower.count(name) or otherwise
    first = (tower.items(name) or [otherwise])[0]
    return Keys({name: first}, path=tower.path).count(name) or otherwise


def _patch_count(tower: Keys) -> int:
    return (_side(tower, "image_size", 224) // _side(tower, "patch_size", 14)) ** 2


def _patches(tower: Keys, width: int, *, bias: bool) -> int:
    channels = tower.count("num_channels", "in_channels") or _CHANNELS
    return linear(channels * _side(tower, "patch_size", 14) ** 2, width, bias=bias)
