"""What the planner must know of a model: the dimensions in its ``config.json``, under one name each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from planner.model.layers import Attention, Experts, FeedForward, Latent, Layer, Mixer, Mlp
from planner.model.quantization import UNQUANTIZED, Quantization

MOST_LAYERS = 2_000
"""Layers a model may have; the deepest that vLLM serves have fewer than 200."""


@dataclass(frozen=True, kw_only=True)
class Vision:
    """A vision tower beside the language model."""

    parameters: int
    """Parameters of tower and projector, in 16 bits and whole on every GPU of a stage, or split; see the weights."""
    exact: bool = True
    """Whether they are those of its kind; else those of a usual vision transformer of its width and depth."""


@dataclass(frozen=True, kw_only=True)
class LayerKind:
    """Layers of a model that are alike."""

    layer: Layer
    """What each of them is."""
    first: int
    """Index of the first of them."""
    count: int
    """How many there are."""


@dataclass(frozen=True, kw_only=True)
class ModelArchitecture:
    """Dimensions of a language model."""

    model_type: str
    """``model_type`` of the language model in its configuration."""
    architecture: str
    """Class that vLLM loads, such as ``LlamaForCausalLM``."""
    hidden: int
    """Width of the residual stream."""
    layers: tuple[Layer, ...] = field(repr=False)
    """Its layers, first to last; few of them differ."""
    vocab: int
    """Entries of the vocabulary."""
    draft_vocab: int = 0
    """Entries that its output layer has as a draft of another model (EAGLE-3); 0 for those of the vocabulary."""
    predicting_layers: int | None = None
    """Layers for multi-token prediction that its configuration states; None where it states none."""
    max_positions: int
    """Longest context the model was made for, rope scaling included, as vLLM derives it since 0.30."""
    multiplied_positions: int | None = None
    """Longest context in earlier releases, where those multiply what YaRN has extended already."""
    usual_positions: int | None = None
    """What vLLM takes where no length is given, if that is less than the longest (LongRoPE)."""
    positions_stated: bool = True
    """Whether the configuration states a length; else vLLM accepts any."""
    dtype: str = "bfloat16"
    """Number format in which vLLM loads its weights where it has its choice: never 32 bits."""
    stored_dtype: str | None = None
    """Number format that the configuration states for its files; None where it states none."""
    state_dtype: str | None = None
    """Number format of recurrent states, where the configuration names it."""
    tied: bool = False
    """Whether the output layer is the embedding."""
    norm_bias: bool = False
    """Whether norms have a bias beside their weight."""
    final_norm: bool = True
    """Whether a norm follows the last layer."""
    learned_positions: int = 0
    """Entries of a learned position embedding; 0 for rotary positions."""
    extra_parameters: int = 0
    """Parameters of embeddings beside those of tokens and positions, and of what follows the last layer."""
    rope_dim: int = 0
    """Dimension of a head that is rotated."""
    vision: Vision | None = None
    """The vision tower, if there is one."""
    quantization: Quantization = UNQUANTIZED
    """How its published weights are quantized."""
    familiar: bool = True
    """Whether this ``model_type`` is one the planner was written for."""
    uncovered: tuple[str, ...] = field(default=())
    """Names of what the planner cannot compute of its weights; then no figure of it holds."""
    unmeasured: tuple[str, ...] = field(default=())
    """Names of what else takes memory and is not computed; the weights are."""

    def longest(self, *, multiplied: bool) -> int:
        """The longest context in a release of vLLM.

        Args:
            multiplied: Whether it multiplies the length that YaRN has extended.
        """
        return self.multiplied_positions if multiplied and self.multiplied_positions else self.max_positions

    @property
    def caches(self) -> bool:
        """Whether anything is kept of a request between steps: not so in encoders."""
        return any(not isinstance(mixer, Attention) or mixer.cached for mixer in self.mixers)

    def kinds(self, indices: range | None = None) -> Iterator[LayerKind]:
        """The layers of a range, or all of them, by kind: work for each kind, not for each layer."""
        part = range(len(self.layers)) if indices is None else indices
        # A fit counts the same few ranges for each instance type and degree.
        found = self._kinds.get(part)
        if found is None:
            found = self._kinds[part] = tuple(self._count(part))
        return iter(found)

    def _count(self, part: range) -> Iterator[LayerKind]:
        numbers = self._numbers[part.start : part.stop]
        first: dict[int, int] = {}
        for offset, number in enumerate(numbers):
            first.setdefault(number, part.start + offset)
        for number, count in Counter(numbers).items():
            yield LayerKind(layer=self.layers[first[number]], first=first[number], count=count)

    @cached_property
    def _kinds(self) -> dict[range, tuple[LayerKind, ...]]:
        return {}

    @cached_property
    def attentions(self) -> tuple[Attention, ...]:
        """Its attention mixers, each kind once."""
        return tuple(mixer for mixer in self.mixers if isinstance(mixer, Attention))

    @cached_property
    def mixers(self) -> tuple[Mixer, ...]:
        """Its mixers, each kind once."""
        return tuple(dict.fromkeys(mixer for kind in self.kinds() for mixer in kind.layer.mixers))

    @cached_property
    def feed_forward(self) -> tuple[FeedForward, ...]:
        """Its feed-forward networks, each kind once."""
        return tuple(dict.fromkeys(part for kind in self.kinds() for part in kind.layer.feed_forward))

    @cached_property
    def experts(self) -> tuple[Experts, ...]:
        """Its mixtures of experts, each kind once."""
        return tuple(part for part in self.feed_forward if isinstance(part, Experts))

    @cached_property
    def mlps(self) -> tuple[Mlp, ...]:
        """Its dense networks, each kind once."""
        return tuple(part for part in self.feed_forward if isinstance(part, Mlp))

    @cached_property
    def latent(self) -> Latent | None:
        """The latent attention whose compressed form is cached, if it has that."""
        return next((each.latent for each in self.attentions if each.latent and each.latent.cached), None)

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        """The kind of each layer, as a number."""
        seen: dict[Layer, int] = {}
        return tuple(seen.setdefault(layer, len(seen)) for layer in self.layers)
