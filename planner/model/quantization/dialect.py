"""Full names of modules as the author of an expression knew them."""

import re
from dataclasses import dataclass

from planner.model.quantization.naming import SAME, spellings

_ABOVE = {
    "language_model": ("language_model.model.", "model.language_model."),
    "text_model": ("text_model.", "model.text_model."),
    "transformer": ("transformer.",),
    "backbone": ("backbone.",),
}
_USUAL = "model."
_FUSED = ("qkv_proj", "gate_up_proj")


@dataclass(frozen=True)
class Dialect:
    """The words of an expression that bear on how modules are called."""

    words: tuple[tuple[str, str], ...]
    """Words for what the planner calls otherwise, each with the planner's."""
    prefixes: tuple[str, ...]
    """What stands before ``layers``."""
    extra: tuple[str, ...]
    """Fused projections and block kinds that it mentions."""

    def names(self, module: str) -> tuple[str, ...]:
        """The names under which it may mean a module."""
        found = [module]
        for other, own in self.words:
            found += [".".join(other if part == own else part for part in name.split(".")) for name in found]
        if self.extra:
            found += [other for name in found for other in spellings(name) if any(word in other for word in self.extra)]
        found = list(dict.fromkeys(found))
        if not module.startswith("layers."):
            return tuple(found)
        return tuple(f"{prefix}{name}" for prefix in self.prefixes for name in found)


def dialect_of(expression: str) -> Dialect:
    """The dialect of an expression: names are spelt otherwise only if it has the words for it."""
    words = {word for word in re.split(r"[^A-Za-z0-9_]+", expression) if word}
    above = tuple(prefix for word, prefixes in _ABOVE.items() if word in expression for prefix in prefixes)
    return Dialect(
        words=tuple((other, own) for other, own in SAME.items() if other in words),
        prefixes=above or (_USUAL, ""),
        extra=tuple(word for word in (*_FUSED, ".mixer.") if word.strip(".") in expression),
    )
