"""Lists of modules: which of the planner's modules an entry of a configuration means."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from planner.model.quantization.dialect import Dialect, dialect_of
from planner.model.quantization.errors import UnreadableQuantizationError
from planner.model.quantization.naming import parts_of, plain
from planner.model.quantization.pattern import Budget, Pattern

MOST_ENTRIES = 1_000_000
MOST_PATTERNS = 1_000
REGULAR = "re:"
_WILD = re.compile(r"[*?\[]")
_OF_A_LAYER = re.compile(r"(layers\.)?\d")
_WHOLE = re.compile(r"(\d|(^|\.)gate)$")


@dataclass(frozen=True)
class Names:
    """Modules by name, by parts of a name, by wildcards, or by regular expressions that begin with ``re:``."""

    entries: tuple[str, ...]
    """As in the configuration."""
    where: str
    """Key path of the list, for messages."""
    keyed: bool = False
    """Whether the path is that of the one entry, the key of a map, rather than of a list."""

    def __post_init__(self) -> None:
        """Refuse lists that are too long, and expressions that are not valid.

        Raises:
            UnreadableQuantizationError: the list or one of its expressions.
        """
        if len(self.entries) > MOST_ENTRIES:
            raise UnreadableQuantizationError(f"{self.where} has more than {MOST_ENTRIES:,} entries")
        _ = self._patterns

    @cached_property
    def names_layers(self) -> bool:
        """Whether an entry means modules of certain layers only."""
        return any(_OF_A_LAYER.match(entry) for entry in self._plain | self._beginnings) or any(
            any(character.isdigit() for character in entry) for entry in self.entries if _needs_matching(entry)
        )

    def has(self, module: str, budget: Budget) -> bool:
        """Whether a module is among them.

        Args:
            module: The planner's name of it, such as ``layers.0.self_attn.q_proj``.
            budget: Time for expressions.

        Raises:
            UnreadableQuantizationError: the expressions take too long to evaluate.
        """
        parts = parts_of(module)
        if not self._plain.isdisjoint(parts):
            return True
        if self._beginnings and any(_begins(name, self._beginnings) for name in parts):
            return True
        return any(self._matches(module, *each, budget) for each in self._patterns)

    @staticmethod
    def _matches(module: str, dialect: Dialect, pattern: Pattern, budget: Budget) -> bool:
        budget.check()
        return any(pattern.matches(name) for name in dialect.names(module))

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(plain(entry) for entry in self.entries if not is_pattern(entry)) - {""}

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        # A name with a wildcard at its end is the commonest by far, often one for each layer.
        return frozenset(plain(entry[:-1]) for entry in self.entries if _is_beginning(entry)) - {""}

    @cached_property
    def _patterns(self) -> tuple[tuple[Dialect, Pattern], ...]:
        rest = [(index, entry) for index, entry in enumerate(self.entries) if _needs_matching(entry)]
        if len(rest) > MOST_PATTERNS:
            raise UnreadableQuantizationError(f"{self.where} has more than {MOST_PATTERNS:,} expressions")
        return tuple(
            (dialect_of(entry), Pattern(_expression(entry), self.where if self.keyed else f"{self.where}[{index}]"))
            for index, entry in rest
        )


def listed(*lists: tuple[str, Iterable[str]]) -> tuple[Names, ...]:
    """Lists that are not empty, each by its key path."""
    return tuple(Names(entries, where) for where, given in lists if (entries := tuple(given)))


def is_pattern(entry: str) -> bool:
    """Whether an entry has wildcards or is a regular expression."""
    return entry.startswith(REGULAR) or bool(_WILD.search(entry))


def _expression(entry: str) -> str:
    if entry.startswith(REGULAR):
        return entry.removeprefix(REGULAR)
    wild = "".join(
        {"*": ".*", "?": "."}.get(piece, piece) if piece in "*?" else _literal(piece) for piece in _split(entry)
    )
    return rf"{wild}(\..*)?$"  # a module that is named stands for all below it


def _split(entry: str) -> list[str]:
    return [piece for piece in re.split(r"(\*|\?|\[[^\]]*\])", entry) if piece]


def _literal(piece: str) -> str:
    return (
        f"[{piece[1:-1].replace('!', '^', 1)}]" if piece.startswith("[") and piece.endswith("]") else re.escape(piece)
    )


def _is_beginning(entry: str) -> bool:
    inner = entry[:-1]
    return entry.endswith("*") and bool(inner.strip(".")) and not is_pattern(inner)


def _needs_matching(entry: str) -> bool:
    return is_pattern(entry) and not _is_beginning(entry)


def _begins(name: str, beginnings: frozenset[str]) -> bool:
    """Whether a name begins so: ``layers.1*`` and ``mlp.gate*`` stand for all below, not for ``layers.10`` or ``gate_proj``."""
    return any(
        beginning in beginnings and (not _WHOLE.search(beginning) or name[length : length + 1] in {"", "."})
        for length in range(1, len(name) + 1)
        if (beginning := name[:length])
    )
