"""Layers of different shapes, as ``block_configs`` lists them (Nemotron NAS).

After vLLM's ``nemotron_nas.py``: an entry for each layer has the size of its groups of heads and the width of its network as
a multiple, or says that there is none.
"""

from planner.model.keys import Keys

_MULTIPLE = 256


def block_groups(keys: Keys, depth: int) -> tuple[int, ...] | None:
    """Query heads that share a KV head, by layer, 0 for a layer without attention; None without ``block_configs``.

    Raises:
        UnreadableConfigError: an entry is of a wrong kind.
    """
    blocks = _blocks(keys, "attention", depth)
    if blocks is None:
        return None
    return tuple(0 if block.flag("no_op") else block.count("n_heads_in_group") or 0 for block in blocks)


def block_widths(keys: Keys, *, hidden: int, depth: int) -> tuple[int, ...] | None:
    """Inner width of each layer's network, 0 where there is none; None without ``block_configs``.

    Raises:
        UnreadableConfigError: an entry is of a wrong kind.
    """
    blocks = _blocks(keys, "ffn", depth)
    if blocks is None:
        return None
    return tuple(0 if block.flag("no_op") else _width(block, hidden) for block in blocks)


def replaces_with_linear(keys: Keys, depth: int) -> bool:
    """Whether a layer's attention or network is one projection instead, which no published model has."""
    parts = [*(_blocks(keys, "attention", depth) or ()), *(_blocks(keys, "ffn", depth) or ())]
    return any(part.flag("replace_with_linear") for part in parts)


def _width(block: Keys, hidden: int) -> int:
    """The multiple of two thirds of the hidden width, rounded up to a multiple of 256."""
    width = int(2 * (block.number("ffn_mult", most=1000) or 0) * hidden / 3)
    return -(-width // _MULTIPLE) * _MULTIPLE


def _blocks(keys: Keys, part: str, depth: int) -> list[Keys] | None:
    listed = keys.items("block_configs", length=depth)
    if listed is None:
        return None
    found = []
    for index, entry in enumerate(listed):
        block = entry.get(part) if isinstance(entry, dict) else None
        if not isinstance(block, dict):
            raise keys.wrong("block_configs", f"a list of objects, each with the object {part}")
        found.append(Keys(block, path=f"{keys.where('block_configs')}[{index}].{part}"))
    return found
