"""Write the accuracy tables of ``docs/planner.md`` from the rows: ``python -m tests.planner.accuracy``."""

import json
import statistics
from collections.abc import Iterator
from pathlib import Path

from planner.defaults import apply_vllm_defaults
from planner.fit import FitStatus
from planner.memory.kv_cache import kv_layout
from planner.memory.placement import stages
from planner.memory.weights import checkpoint_bytes
from planner.units import GIB
from tests.planner.rows_of_vllm import ROWS, SETS, Row, error, rows

PAGE = Path(__file__).parents[2] / "docs" / "planner.md"
BEGIN, END = "<!-- accuracy: written by python -m tests.planner.accuracy -->", "<!-- accuracy: end -->"
_WORDS = {"calibration": "calibration", "held_out": "held out"}


def tables() -> str:
    """Everything between the two marks."""
    lines = [BEGIN, "", *_summary(), "", *_beside(), "", *_every_row(), "", END]
    return "\n".join(lines)


def page() -> str:
    """The page with tables of today."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN)] + tables() + text[text.index(END) + len(END) :]


def _summary() -> Iterator[str]:
    yield "| rows | compared | median error | nine in ten within | worst | within 12 % | in the range | refused by vLLM, called fitting |"
    yield "|---|---|---|---|---|---|---|---|"
    everything = _all()
    parts = {_WORDS[name]: [row for row in rows(name) if not row.oldest] for name in SETS}
    for words, part in (*parts.items(), ("vLLM 0.8 and older, both sets", [row for row in everything if row.oldest])):
        yield _summed(words, part)


def _summed(words: str, part: list[Row]) -> str:
    errors = sorted(abs(off) for row in part if (off := error(row)) is not None)
    held = [_in_range(row) for row in part if row.kv_tokens]
    refused = [row for row in part if row.measured.get("verdict") == "refused"]
    wrong = sum(row.fit().status is FitStatus.FITS for row in refused)
    start = f"| {words}, {len(part)} | {len(errors)} |"
    if not errors:
        return f"{start} | | | | | {wrong} of {len(refused)} |"
    nine = errors[min(len(errors) - 1, -(-9 * len(errors) // 10) - 1)]
    within = sum(off <= 0.12 for off in errors)
    return (
        f"{start} {statistics.median(errors):.1%} | {nine:.1%} | {errors[-1]:.1%} | {within} of {len(errors)} | "
        f"{sum(held)} of {len(held)} | {wrong} of {len(refused)} |"
    )


def _beside() -> Iterator[str]:
    """What others say of rows in 16 bits, shared out to the GPUs: weights, and the cache if all the rest were cache."""
    stated = json.loads((ROWS / "other_tools.json").read_text(encoding="utf-8"))["accelerate_gib"]
    yield (
        "| model, GPU, vLLM | weights, GiB: vLLM | planner | hf-mem | accelerate | KV tokens: vLLM | planner | "
        "all but hf-mem's weights | all but accelerate's |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, gib in stated.items():
        row = next((row for row in _all() if row.model == name and "weights" in row.measured and row.kv_tokens), None)
        if row is None or not row.kv_tokens:
            continue
        weights = checkpoint_bytes(row.request.shape) / GIB
        found = row.fit()
        naive = [_rest_as_cache(row, other / row.tp) for other in (weights, gib)]
        shares = " | ".join(_off(tokens, row.kv_tokens) for tokens in (found.kv_tokens, *naive))
        yield (
            f"| {name}, {row.tp} x {row.gpu}, {row.vllm} | {row.measured['weights']:.2f} | {found.per_gpu.weights:.2f} | "
            f"{weights / row.tp:.2f} | {gib / row.tp:.2f} | {row.kv_tokens:,} | {shares} |"
        )


def _every_row() -> Iterator[str]:
    yield "| set | model | GPU | vLLM | utilization | longest | KV tokens, vLLM | planner | error | range |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name in SETS:
        for row in sorted(rows(name), key=lambda row: (row.v0, [int(part) for part in row.vllm.split(".")], row.model)):
            yield _line(_WORDS[name], row)


def _line(name: str, row: Row) -> str:
    found, off = row.fit(), error(row)
    gpus = f"{row.tp * row.pp} x {row.gpu}" + (f" pp {row.pp}" if row.pp > 1 else "")
    start = (
        f"| {name} | {row.model} | {gpus} | {row.vllm} | {row.request.utilization:g} | {row.request.max_model_len:,} | "
    )
    if off is None or not row.kv_tokens:
        told = row.measured.get("verdict", "")
        return f"{start}{told} | {found.status.value} | | |"
    low, high = found.kv_tokens_range
    return f"{start}{row.kv_tokens:,} | {found.kv_tokens:,} | {off:+.1%} | {low:,} to {high:,} |"


def _rest_as_cache(row: Row, weights_gib: float) -> int:
    """Tokens if everything of the budget beside the weights were KV cache."""
    deployment = apply_vllm_defaults(row.request)
    layout = kv_layout(deployment.shape, stages(deployment.shape, row.pp)[0], deployment.cache_options)
    return layout.tokens(deployment.visible * deployment.utilization - weights_gib * GIB, deployment.max_model_len)


def _off(tokens: int, printed: int) -> str:
    return f"{tokens / printed - 1:+.1%}"


def _in_range(row: Row) -> bool:
    low, high = row.fit().kv_tokens_range
    return low <= (row.kv_tokens or 0) <= high


def _all() -> list[Row]:
    return [row for name in reversed(SETS) for row in rows(name)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
