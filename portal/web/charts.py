"""Memory and cost as SVG: only attributes and classes, no style, so that it passes the content security policy.

The colours are the stylesheet's, light and dark; every picture says in words what it shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.proposals import Memory

_WIDTH = 1000
_ROW, _GAP = 26, 6
_MOST_ROWS = 8
PARTS = {
    "weights": "weights",
    "activation": "activations, at their peak",
    "non_torch": "CUDA, NCCL",
    "kv": "KV cache",
    "cuda_graphs": "CUDA graphs",
}


@dataclass(frozen=True)
class Part:
    """One part of a GPU's memory, for the legend."""

    name: str
    words: str
    gib: float


def parts(memory: Memory) -> list[Part]:
    """The parts from left to right."""
    return [Part(name, words, getattr(memory, name)) for name, words in PARTS.items()]


def in_words(memory: Memory, gpus: int, gpu: str) -> str:
    """Return the alternative text of a memory chart."""
    listed = ", ".join(f"{part.words} {part.gib:.1f}" for part in parts(memory) if part.name != "kv")
    left = f"KV cache {memory.kv:.1f}" if memory.kv >= 0 else f"{-memory.kv:.1f} too much, so no KV cache"
    each = f"Each of the {gpus} {gpu} GPUs of a replica" if gpus > 1 else f"The {gpu} GPU of a replica"
    return f"{each}, in GiB: {listed}, {left}; vLLM may take {memory.budget:.1f} of {memory.visible:.1f}."


def memory_bars(memory: Memory, gpus: int, gpu: str) -> Markup:
    """A bar for each GPU of a replica: its memory, what takes it, and how much of it vLLM may take."""
    taken = sum(max(0.0, part.gib) for part in parts(memory))
    scale = _WIDTH / max(memory.visible, taken)
    rows = min(gpus, _MOST_ROWS)
    shapes = [_row(memory, scale, row * (_ROW + _GAP)) for row in range(rows)]
    height = rows * (_ROW + _GAP) - _GAP
    budget = memory.budget * scale
    shapes.append(Markup('<line class="budget" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(budget, height))
    return Markup(
        '<svg class="memory rows-{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(rows, _WIDTH, height, in_words(memory, gpus, gpu), Markup("").join(shapes))


def share_bar(value: float, of: float, label: str, *, limit: float | None = None) -> Markup:
    """One amount beside the largest of several; beyond ``limit`` it is marked."""
    largest = max(of, value, 1e-9)
    kind = "over" if limit is not None and value > limit else "within"
    mark = ""
    if limit is not None and limit < largest:
        mark = Markup('<line class="budget" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="10"/>').format(
            limit / largest * _WIDTH
        )
    return Markup(
        '<svg class="share" viewBox="0 0 {0} 10" preserveAspectRatio="none" role="img" aria-label="{1}">'
        '<rect class="track" width="{0}" height="10"/><rect class="{2}" width="{3:.1f}" height="10"/>{4}</svg>'
    ).format(_WIDTH, label, kind, max(0.0, value) / largest * _WIDTH, mark)


def largest(values: Sequence[float | None]) -> float:
    """The largest known of some amounts; 0 when none is known."""
    return max((value for value in values if value is not None), default=0.0)


def _row(memory: Memory, scale: float, top: int) -> Markup:
    track = _rect("track", 0, memory.visible * scale, top)
    pieces, x = [track], 0.0
    for part in parts(memory):
        width = max(0.0, part.gib) * scale
        if width > 0:
            pieces.append(_rect(f"m-{part.name}", x, width, top))
        x += width
    if x > memory.visible * scale:
        pieces.append(_rect("beyond", memory.visible * scale, x - memory.visible * scale, top))
    return Markup("").join(pieces)


def _rect(kind: str, x: float, width: float, y: int) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(kind, x, y, width, _ROW)
