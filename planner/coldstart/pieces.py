"""The pieces of a cold start, in the order in which they happen, and their sum."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Name(StrEnum):
    """A piece of a cold start."""

    NODE_LAUNCH = "node_launch"
    """From the pending pod to EC2's answer to the launch."""
    NODE_READY = "node_ready"
    """Until the node has joined, is Ready and offers its GPUs."""
    IMAGE_PULL = "image_pull"
    """Download and unpacking of the engine's image."""
    WEIGHTS_LOAD = "weights_load"
    """Download or streaming of the weights, and copying to the GPUs."""
    ENGINE_INIT = "engine_init"
    """Imports, CUDA, NCCL, the profiling run and kernels that are compiled or tuned at the start."""
    COMPILE = "compile"
    """torch.compile: Dynamo and Inductor, or loading of what they made before."""
    GRAPH_CAPTURE = "graph_capture"
    """Capture of CUDA graphs."""


@dataclass(frozen=True, kw_only=True)
class Seconds:
    """A range, in seconds."""

    low: float
    """What was seen at best."""
    expected: float
    """What to expect."""
    high: float
    """The slow end of what was seen."""

    def __add__(self, other: "Seconds") -> "Seconds":
        """The range of one after the other."""
        return Seconds(low=self.low + other.low, expected=self.expected + other.expected, high=self.high + other.high)

    def as_dict(self) -> dict[str, int]:
        """As JSON, in whole seconds."""
        return {"low": round(self.low), "expected": round(self.expected), "high": round(self.high)}


NONE = Seconds(low=0, expected=0, high=0)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One piece."""

    name: Name
    """Which."""
    seconds: Seconds | None
    """How long; None where nothing is known."""
    basis: str
    """What the range rests on, or why there is none, in one line."""
    sources: Sequence[str] = ()
    """Addresses of what was published."""

    def as_dict(self) -> dict[str, object]:
        """As JSON; ``seconds`` is null where nothing is known."""
        return {
            "piece": self.name.value,
            "seconds": self.seconds.as_dict() if self.seconds else None,
            "basis": self.basis,
            "sources": list(self.sources),
        }


@dataclass(frozen=True, kw_only=True)
class ColdStart:
    """Every piece of one start, in order."""

    pieces: Sequence[Piece]
    """All seven."""

    @property
    def unknown(self) -> tuple[Name, ...]:
        """Pieces of which nothing is known."""
        return tuple(piece.name for piece in self.pieces if piece.seconds is None)

    @property
    def known(self) -> Seconds:
        """The sum of what is known."""
        return total(self.pieces)

    def of(self, *names: Name) -> Seconds:
        """The sum of some pieces, as far as they are known."""
        return total(piece for piece in self.pieces if piece.name in names)

    def as_dict(self) -> dict[str, object]:
        """As JSON; ``total`` is null where a piece is not known."""
        return {
            "total": None if self.unknown else self.known.as_dict(),
            "known": self.known.as_dict(),
            "unknown": [name.value for name in self.unknown],
            "pieces": [piece.as_dict() for piece in self.pieces],
        }


def total(pieces: Iterator[Piece] | Sequence[Piece]) -> Seconds:
    """The sum of the pieces that are known."""
    found = NONE
    for piece in pieces:
        found += piece.seconds or NONE
    return found
