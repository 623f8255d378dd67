"""Whether a model loads an output layer of its own."""

import re

from planner.model.architecture import ModelArchitecture
from planner.model.families import Family
from planner.model.nesting import Nested
from planner.model.parameters import total

_FEW = 0.025
"""Share of a model below which it does not matter."""
_HEADLESS = re.compile(
    r"((?<!LMHead)(?<!Chat)(?<!_D_)Model|ForSequenceClassification|ForTokenClassification|ForRewardModel|ForRetrieval)$"
)
"""Classes that vLLM serves as embedding, reranking or reward models."""
_WITH_HEAD = frozenset({"ChatGLMModel"})
"""And one that generates."""


def is_tied(nested: Nested, family: Family, architecture: str) -> bool:
    """Whether no output layer of its own is loaded: it is the embedding, or the model embeds or ranks."""
    without_head = family.encoder or (architecture not in _WITH_HEAD and bool(_HEADLESS.search(architecture)))
    for keys in (nested.text, nested.outer):
        if keys.has("tie_word_embeddings"):
            return bool(keys.flag("tie_word_embeddings")) or without_head
    of_class = nested.text.flag("tie_word_embeddings")
    return without_head or (family.tied if of_class is None else of_class)


def may_be_tied(nested: Nested, shape: ModelArchitecture) -> bool:
    """Whether nothing says if an output layer is loaded that is more than a few hundredths of the model.

    In a family that is not known: classes of Transformers take embeddings for tied where the key is missing, but many say
    otherwise.
    """
    if any(keys.raw("tie_word_embeddings") is not None for keys in (nested.text, nested.outer)):
        return False
    return not shape.tied and shape.vocab * shape.hidden > _FEW * total(shape)
