"""What the attention of each layer looks back to: all tokens, a sliding window, or a chunk."""

from dataclasses import dataclass

from planner.model.families.family import Family
from planner.model.keys import Keys

_WINDOW = ("sliding_window", "sliding_window_size", "attention_window_size", "swa_window_size", "window_size")
_MOST_WINDOW = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Window:
    """What one layer's attention looks back to."""

    tokens: int | None
    """Tokens; None for all."""
    chunked: bool = False
    """Whether it looks back to the start of a chunk."""


def read_windows(keys: Keys, family: Family, depth: int) -> tuple[Window, ...]:
    """What the attention of each layer looks back to."""
    full = Window(tokens=None)
    if isinstance(keys.raw(*_WINDOW), list):
        return _listed(keys, depth)
    tokens = keys.count(*_WINDOW, least=-1, most=_MOST_WINDOW)
    chunk = keys.count("attention_chunk_size", most=_MOST_WINDOW)
    used = keys.flag("use_sliding_window")
    kinds = keys.texts("layer_types", length=depth)
    every = _every(keys, family)
    first = keys.count("max_window_layers", least=0)
    if family.chunked and chunk:
        return _chunks(keys, chunk, depth)
    if not tokens or tokens < 0 or used is False:
        return (full,) * depth
    near = Window(tokens=tokens)
    pattern = keys.counts("hybrid_layer_pattern", depth=depth, least=0, most=1)
    if pattern is not None:
        return tuple(near if each else full for each in pattern)
    if kinds and any(_is_window(kind) for kind in kinds):
        return tuple(near if _is_window(kind) else full for kind in kinds)
    if kinds and any("full" in kind for kind in kinds):
        return (full,) * depth
    if isinstance(every, str):
        # A pattern of letters (Exaone 4): L for local, G for global.
        return tuple(near if every[index % len(every)].upper() == "L" else full for index in range(depth))
    if used and first is not None and not every:
        # From the depth on vLLM sees layers of one kind, and gives each the window.
        return tuple(near if index >= first or first >= depth else full for index in range(depth))
    return tuple(full if every and (index + 1) % every == 0 else near for index in range(depth))


def _listed(keys: Keys, depth: int) -> tuple[Window, ...]:
    """One window for each layer; null and 0 for full attention."""
    name = next(name for name in _WINDOW if keys.has(name))
    found = keys.items(name, length=depth) or []
    each = Keys({name: [token or 0 for token in found]}, path=keys.path)
    sizes = each.counts(name, depth=depth, least=0, most=_MOST_WINDOW) or ()
    return tuple(Window(tokens=size or None) for size in sizes)


def _every(keys: Keys, family: Family) -> int | str:
    """Every how many layers attention is full, or a pattern of letters for the layers."""
    names = ("sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers")
    if isinstance(keys.raw(*names), str):
        pattern = keys.text(*names) or ""
        if not pattern or set(pattern.upper()) - set("LG"):
            raise keys.wrong(next(name for name in names if keys.has(name)), "a number, or a text of L and G")
        return pattern
    return keys.count(*names, least=0) or family.window_every


def _is_window(kind: str) -> bool:
    return "sliding" in kind or "local" in kind or "window" in kind


def _chunks(keys: Keys, chunk: int, depth: int) -> tuple[Window, ...]:
    """Chunked attention, but in layers without rotary positions (Llama 4): a list, or every n-th layer."""
    listed = keys.items("no_rope_layers")
    every = keys.count("no_rope_layer_interval") or 4
    kinds = keys.texts("layer_types", length=depth)
    if kinds:
        rotary = ["chunked" in kind for kind in kinds]
    elif listed and len(listed) == depth:
        rotary = [bool(each) for each in listed]
    else:
        rotary = [bool((index + 1) % every) for index in range(depth)]
    return tuple(Window(tokens=chunk, chunked=True) if each else Window(tokens=None) for each in rotary)
