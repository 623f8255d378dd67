"""Mixtures of experts: how many, how wide, what is shared, and which layers have them."""

from dataclasses import dataclass

from planner.model.aliases import (
    EXPERT_INTERMEDIATE,
    EXPERTS,
    EXPERTS_LATENT,
    EXPERTS_PER_TOKEN,
    INTERMEDIATE,
    SHARED_EXPERTS,
    SHARED_INTERMEDIATE,
)
from planner.model.families.family import Family
from planner.model.keys import Keys, UnreadableConfigError
from planner.model.layers import Experts

MOST_EXPERTS = 100_000
_DENSE_FIRST = ("first_k_dense_replace", "num_dense_layers", "n_dense_layers", "moe_first_k_dense", "first_k_dense")
_GATED_SHARED = "shared_expert_intermediate_size"


@dataclass(frozen=True, kw_only=True)
class Mixtures:
    """The mixture of each layer; None for layers without."""

    of_layer: tuple[Experts | None, ...]

    @property
    def any(self) -> bool:
        """Whether a layer has one."""
        return any(each is not None for each in self.of_layer)


def read_mixtures(keys: Keys, family: Family, *, gated: bool, depth: int, blocks: tuple[str, ...] | None) -> Mixtures:
    """The mixtures of all layers.

    Args:
        keys: The language model's configuration.
        family: What its type implies.
        gated: Whether networks have a gate.
        depth: Its layers.
        blocks: What each layer is, where the configuration says so.

    Raises:
        UnreadableConfigError: a count or a width is missing or out of bounds.
    """
    counts = keys.counts(*EXPERTS, depth=depth, least=0, most=MOST_EXPERTS)
    chosen = keys.counts(*EXPERTS_PER_TOKEN, depth=depth, least=0, most=MOST_EXPERTS)
    inner = _widths(keys, depth)
    within = keys.count(*EXPERTS_LATENT, least=0) or 0
    zero = keys.count("zero_expert_num", least=0, most=MOST_EXPERTS) or 0
    shared = _shared(keys, family, inner, depth)
    if counts is None or max(counts) < 2:
        return Mixtures(of_layer=(None,) * depth)
    present = mixture_layers(keys, depth, blocks)
    made: dict[tuple[int, ...], Experts] = {}
    found: list[Experts | None] = []
    for index in range(depth):
        count = counts[index]
        if index not in present or count < 2:
            found.append(None)
            continue
        if not inner:
            raise UnreadableConfigError(
                f"{keys.where(EXPERT_INTERMEDIATE[0])} is missing in its config.json, which has experts"
            )
        kind = (count, (chosen or (1,) * depth)[index] or 1, inner[index], shared[index])
        if kind[1] > count + zero:
            raise UnreadableConfigError(
                f"{keys.where(EXPERTS_PER_TOKEN[0])} in its config.json is {kind[1]:,}, of {count:,} experts"
            )
        if kind not in made:
            made[kind] = Experts(
                count=count,
                per_token=kind[1],
                intermediate=kind[2],
                gated=gated,
                shared_intermediate=kind[3],
                shared_gate=bool(keys.count(_GATED_SHARED, least=0)) and family.shared_gate,
                latent_width=within,
                latent_norm=bool(within and keys.flag("latent_moe_use_norm")),
                zero_experts=zero,
                router_bias=keys.text("topk_method") == "noaux_tc" or family.router_bias,
                bias=family.expert_bias,
            )
        found.append(made[kind])
    return Mixtures(of_layer=tuple(found))


def mixture_layers(keys: Keys, depth: int, blocks: tuple[str, ...] | None) -> frozenset[int]:
    """Indices of the layers that have experts; the others are dense."""
    every = frozenset(range(depth))
    if blocks and "moe" in blocks:
        return frozenset(index for index, block in enumerate(blocks) if block == "moe")
    kinds = keys.texts("mlp_layer_types", length=depth)
    if kinds:
        return frozenset(index for index, kind in enumerate(kinds) if kind in {"sparse", "moe", "hash_moe"})
    listed = _listed(keys)
    if listed is not None:
        return every & listed
    first = keys.count(*_DENSE_FIRST, least=0) or 0
    dense = frozenset(_numbers(keys, "mlp_only_layers") or ())
    return frozenset(index for index in every - dense if index >= first and _is_turn(keys, index, depth))


def _is_turn(keys: Keys, index: int, depth: int) -> bool:
    """Whether experts in every n-th layer are in this one; each rule as the code of its families has it."""
    start = keys.count("moe_layer_start_index", least=0) or 0
    end = keys.count("moe_layer_end_index", least=-1)
    last = depth - 1 if end is None or end < 0 else end
    step = keys.count("interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_interval", "moe_step", least=0)
    period, offset = keys.count("expert_layer_period"), keys.count("expert_layer_offset", least=0) or 0
    remainder = keys.count("moe_every_n_layers", least=0)
    if isinstance(keys.raw("moe_layer_freq"), list):
        turns = keys.counts("moe_layer_freq", depth=depth, least=0)
        return bool(turns and turns[index])
    frequency = keys.count("moe_layer_freq", least=0)
    return (
        start <= index <= last
        and (not step or (index + 1) % step == 0)
        and (not period or (index - offset) % period == 0)
        and (not remainder or index % remainder == 1 % remainder)
        and (not frequency or index % frequency == 0)
    )


def _listed(keys: Keys) -> frozenset[int] | None:
    """Layers with experts by their indices: a list, or a text of numbers (Step 3)."""
    named = keys.raw("moe_layers_enum")
    if isinstance(named, str):
        keys.text("moe_layers_enum")
        parts = [part.strip() for part in named.split(",")]
        if not all(part.isdigit() and len(part) < 6 for part in parts):
            raise keys.wrong("moe_layers_enum", "numbers with commas between")
        return frozenset(map(int, parts))
    return _numbers(keys, "moe_layers", "moe_layer_indices")


def _numbers(keys: Keys, *names: str) -> frozenset[int] | None:
    found = keys.items(*names)
    if found is None:
        return None
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in found):
        raise keys.wrong(next(name for name in names if keys.has(name)), "a list of whole numbers")
    return frozenset(found)


def _widths(keys: Keys, depth: int) -> tuple[int, ...] | None:
    """Inner width of the experts of each layer; where a list has an entry for layers with experts only, its last."""
    # The same number under the dense networks' name, which some families have for the experts, counts as read.
    keys.raw(*EXPERT_INTERMEDIATE, *INTERMEDIATE[1:])
    found = keys.raw(*EXPERT_INTERMEDIATE)
    if isinstance(found, list) and len(found) != depth and found and len(set(map(str, found))) == 1:
        name = next(name for name in EXPERT_INTERMEDIATE if keys.has(name))
        return (Keys({name: found[0]}, path=keys.path).count(name) or 0,) * depth
    return keys.counts(*EXPERT_INTERMEDIATE, depth=depth) or keys.counts(*INTERMEDIATE[1:], depth=depth)


def _shared(keys: Keys, family: Family, inner: tuple[int, ...] | None, depth: int) -> tuple[int, ...]:
    """Inner width of what every token passes: a width of its own, a number of experts, or both."""
    number = keys.counts(*SHARED_EXPERTS, depth=depth, least=0, most=MOST_EXPERTS)
    width = keys.counts(*SHARED_INTERMEDIATE, depth=depth, least=0)
    if keys.flag("use_mixed_mlp_moe") is False:
        return (0,) * depth  # Hunyuan: no shared experts, though they have a number
    if width is not None:
        many = number or (1,) * depth
        return tuple(each * count for each, count in zip(width, many, strict=True))
    if number is not None and inner is not None:
        return tuple(each * count for each, count in zip(inner, number, strict=True))
    if family.shared_as_wide and inner is not None:
        return inner
    return (0,) * depth
