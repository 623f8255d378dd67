"""A chart of the memory of one GPU, as SVG: a bar of its parts, the budget, and what the KV cache holds."""

from html import escape

from planner.request import Fit

_WIDTH, _HEIGHT = 860, 250
_LEFT, _BAR_WIDTH = 30, 800
_TOP, _BAR_HEIGHT = 74, 56
_LEGEND_TOP = 178
# Graphs come last: before vLLM 0.20 they lie beyond the budget, since then they end at it.
_COLOURS = {
    "weights": "#3b5b92",
    "activation": "#c97b2b",
    "non_torch": "#7a7a7a",
    "kv": "#3a8f5c",
    "cuda_graphs": "#8e5ea2",
}
_LABELS = {
    "weights": "weights",
    "activation": "activations, peak",
    "non_torch": "CUDA, NCCL",
    "kv": "KV cache",
    "cuda_graphs": "CUDA graphs",
}
_STATUS_COLOURS = {"fits": "#2e7d4f", "refused": "#b3382c", "unknown": "#a37a00"}
_NARROWEST_LABEL = 52


class NothingComputedError(Exception):
    """An answer without the memory of a GPU; the message says of what."""


def memory_chart(fit: Fit, *, utilization: float, title: str) -> str:
    """The chart of one answer.

    Args:
        fit: The answer.
        utilization: Share of the visible memory vLLM may take; a line marks it.
        title: What was asked.

    Raises:
        NothingComputedError: the model's memory is not computed.
    """
    memory = fit.per_gpu
    if memory is None:
        raise NothingComputedError(f"{title}: {fit.status.value}, and no memory that a chart could show is computed")
    parts = {name: max(0.0, getattr(memory, name) or 0.0) for name in _COLOURS}
    inside = sum(parts.values())
    scale = _BAR_WIDTH / max(memory.visible, inside)
    shapes = [_text(_LEFT, 30, title, size=17, weight=600), _status(fit)]
    shapes.append(_rect(_LEFT, _TOP, memory.visible * scale, _BAR_HEIGHT, "#eceff3", stroke="#b8bfca"))
    x = float(_LEFT)
    for name, size in parts.items():
        width = size * scale
        if width > 0:
            shapes.append(_rect(x, _TOP, width, _BAR_HEIGHT, _COLOURS[name]))
        if width >= _NARROWEST_LABEL:
            shapes.append(_text(x + width / 2, _TOP + 34, f"{size:.1f}", size=14, fill="#ffffff", anchor="middle"))
        x += width
    shapes += _marks(memory.visible, utilization, scale)
    shapes += _legend(parts)
    body = "\n  ".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'role="img" font-family="Helvetica, Arial, DejaVu Sans, sans-serif">\n  <title>{escape(title)}: {fit.status.value}</title>\n'
        f'  <rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n  {body}\n</svg>\n'
    )


def _status(fit: Fit) -> str:
    held = "no KV cache"
    if fit.kv_tokens is not None and fit.concurrent_requests is not None:
        held = f"{fit.kv_tokens:,} tokens of KV cache, {fit.concurrent_requests:.1f} requests of {fit.max_model_len:,}"
    # What is not computed has a reason and no figure.
    shown = fit.reasons and (fit.status.value == "refused" or fit.kv_tokens is None)
    words = f"{fit.status.value}: {_shortened(fit.reasons) if shown else held}"
    return _text(_LEFT, 54, words, size=14, fill=_STATUS_COLOURS[fit.status.value])


def _shortened(reasons: tuple[str, ...]) -> str:
    longest = 112
    first = reasons[0] if reasons else ""
    return first if len(first) <= longest else f"{first[: longest - 1].rsplit(' ', 1)[0]} …"


def _marks(visible: float, utilization: float, scale: float) -> list[str]:
    budget = _LEFT + visible * utilization * scale
    bottom = _TOP + _BAR_HEIGHT
    line = f'<line x1="{budget:.1f}" y1="{_TOP - 6}" x2="{budget:.1f}" y2="{bottom + 6}" stroke="#20242c" '
    return [
        f'{line}stroke-width="1.5" stroke-dasharray="4 3"/>',
        _text(budget, bottom + 22, f"budget {visible * utilization:.1f} GiB ({utilization:g})", size=12, anchor="end"),
        _text(_LEFT, bottom + 22, f"one GPU, {visible:.1f} GiB visible to CUDA", size=12, fill="#5b6270"),
    ]


def _legend(parts: dict[str, float]) -> list[str]:
    shapes = []
    step = _BAR_WIDTH / len(parts)
    for place, (name, size) in enumerate(parts.items()):
        x = _LEFT + place * step
        shapes.append(_rect(x, _LEGEND_TOP, 13, 13, _COLOURS[name]))
        shapes.append(_text(x + 20, _LEGEND_TOP + 11, _LABELS[name], size=13))
        shapes.append(_text(x + 20, _LEGEND_TOP + 29, f"{size:.2f} GiB", size=13, fill="#5b6270"))
    return shapes


def _rect(x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "") -> str:
    edge = f' stroke="{stroke}"' if stroke else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"{edge}/>'


def _text(
    x: float, y: float, words: str, *, size: int, fill: str = "#20242c", weight: int = 400, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )
