"""How the weights of a model are quantized: the scheme of each module, and what stays in 16 bits."""

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from planner.model.quantization.names import Names
from planner.model.quantization.pattern import Budget
from planner.model.quantization.scheme import Scheme


class Part(Enum):
    """What a weight belongs to: methods differ in which parts they reach."""

    LINEAR = "linear"
    """Projections of attention, networks and shared experts."""
    EXPERTS = "experts"
    """Routed experts."""
    HEAD = "head"
    """The output layer."""
    EMBEDDING = "embedding"
    """The embedding of tokens."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Modules that are stored in a way of their own."""

    names: Names
    """Which."""
    scheme: Scheme | None
    """How; None for 16 bits."""
    parts: frozenset[Part] = frozenset(Part)
    """The parts among which it looks."""


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """How the weights of a model are stored."""

    method: str
    """vLLM's name of the method, such as ``fp8`` or ``awq``; empty for none."""
    linear: Scheme | None = None
    """Linear layers that no rule names."""
    experts: Scheme | None = None
    """Routed experts that no rule names."""
    head: Scheme | None = None
    """The output layer, unless a rule names it."""
    embedding: Scheme | None = None
    """The embedding, unless a rule names it."""
    rules: tuple[Rule, ...] = ()
    """Exceptions; the first that names a module counts."""
    kv_cache: str = ""
    """Number format of the KV cache that the checkpoint has scales for: ``fp8``, ``nvfp4`` or none."""
    not_loaded: str = ""
    """Why vLLM does not load such weights, whatever the release; empty if it does."""
    traits: frozenset[str] = frozenset()
    """What releases of vLLM differ in: ``sparse``, ``act_order``, ``own_file``, an algorithm's name."""
    _known: dict[tuple[str, Part], Scheme | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _budget: Budget = field(default_factory=Budget, init=False, repr=False, compare=False)

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        """Every scheme it has."""
        given = (self.experts, self.linear, self.head, self.embedding, *(rule.scheme for rule in self.rules))
        return tuple(dict.fromkeys(scheme for scheme in given if scheme))

    @property
    def families(self) -> frozenset[str]:
        """What the GPU must be able to load, of all its schemes."""
        return frozenset(scheme.family for scheme in self.schemes)

    @cached_property
    def family(self) -> str:
        """What most of its weights are: the experts' family, else that of linear layers; empty without quantization."""
        for part, module in ((Part.EXPERTS, "layers.0.mlp.experts.0.up_proj"), (Part.LINEAR, "layers.0.mlp.up_proj")):
            scheme = self.scheme(module, part) or (self.experts if part is Part.EXPERTS else self.linear)
            if scheme:
                return scheme.family
        return self.schemes[0].family if self.schemes else ""

    @cached_property
    def names_layers(self) -> bool:
        """Whether its rules differ from layer to layer."""
        return any(rule.names.names_layers for rule in self.rules)

    def scheme(self, module: str, part: Part = Part.LINEAR) -> Scheme | None:
        """How a module is stored; None for 16 bits.

        Args:
            module: The planner's name of it, such as ``layers.0.self_attn.q_proj``.
            part: What it belongs to.

        Raises:
            UnreadableQuantizationError: the expressions of its rules take too long to evaluate.
        """
        if not self.method:
            return None
        key = (module, part)
        if key not in self._known:
            self._known[key] = self._found(module, part)
        return self._known[key]

    def _found(self, module: str, part: Part) -> Scheme | None:
        with self._budget:
            named = (rule for rule in self.rules if part in rule.parts and rule.names.has(module, self._budget))
            rule = next(named, None)
        if rule:
            return rule.scheme
        return {
            Part.LINEAR: self.linear,
            Part.EXPERTS: self.experts,
            Part.HEAD: self.head,
            Part.EMBEDDING: self.embedding,
        }[part]


UNQUANTIZED = Quantization(method="")
