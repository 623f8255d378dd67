"""The tables of docs/startup.md: ``make docs`` writes them."""

import statistics
from collections.abc import Iterator
from pathlib import Path

from planner.coldstart.pieces import Name
from planner.coldstart.runs import Run, Where, published_runs, source_medians
from planner.coldstart.unseen import LEAST_SOURCES, piece_ratios, unseen_errors
from settings.derived.capacity import pool_facts
from settings.derived.coldstart import Start, cold_starts
from settings.derived.timeouts import service_start, service_timing
from settings.models.pools import GpuPool, KarpenterGpuPool
from settings.models.services.vllm import VllmSettings
from tools.docs.costs import with_sections

PAGE = Path(__file__).parents[2] / "docs" / "startup.md"

MODELS: tuple[tuple[str, str, int], ...] = (
    ("meta-llama/Llama-3.1-8B-Instruct", "g5.2xlarge", 1),
    ("meta-llama/Llama-3.2-3B-Instruct", "g6.xlarge", 1),
    ("meta-llama/Llama-3.1-70B-Instruct", "p4d.24xlarge", 8),
    ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", "g6e.12xlarge", 4),
    ("meta-llama/Llama-3.1-405B-Instruct", "p5en.48xlarge", 8),
    ("Qwen/Qwen2.5-7B-Instruct", "g6.2xlarge", 1),
    ("Qwen/Qwen2.5-32B-Instruct-AWQ", "g6e.2xlarge", 1),
    ("Qwen/Qwen2.5-72B-Instruct", "g6e.48xlarge", 8),
    ("Qwen/Qwen3-8B", "g6e.2xlarge", 1),
    ("Qwen/Qwen3-32B", "g6e.12xlarge", 4),
    ("Qwen/Qwen3-30B-A3B-Instruct-2507-FP8", "g6e.2xlarge", 1),
    ("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "p5.48xlarge", 8),
    ("openai/gpt-oss-20b", "g6e.2xlarge", 1),
    ("openai/gpt-oss-120b", "p5.48xlarge", 4),
    ("google/gemma-3-27b-it", "g6e.12xlarge", 4),
    ("mistralai/Mistral-7B-Instruct-v0.3", "g5.2xlarge", 1),
    ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", "g6e.12xlarge", 2),
    ("mistralai/Mixtral-8x7B-Instruct-v0.1", "g6e.12xlarge", 4),
    ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "g6.2xlarge", 1),
    ("deepseek-ai/DeepSeek-V3", "p5en.48xlarge", 8),
)
"""Much served models of the catalogue, each on an instance type with room for it."""
_CONTEXT = 8192
_CLOSE = 0.25
"""The share within which a predicted total counts as met."""


def page() -> str:
    """docs/startup.md."""
    sections = {
        "startup": _rows(),
        "coldstart": _cold_starts(),
        "accuracy": _accuracy(),
        "unseen": _unseen(),
        "runs": _runs(),
        "lowest": _lowest(),
    }
    return with_sections(
        PAGE.read_text(encoding="utf-8"), {name: "\n".join([*lines, ""]) for name, lines in sections.items()}
    )


def _rows() -> Iterator[str]:
    yield (
        "| model | instance type, GPUs | processes | weights | compile | kernels | graphs | expected | allowed, from the "
        "bucket | allowed, from the Hub |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for model, machine, degree in MODELS:
        pool = GpuPool(kind="gpu", instance_types=(machine,), max=1)
        bucket, hub = (_service(model, degree, source) for source in ("bucket", "hub"))
        facts = pool_facts({"gpu": pool}, {"model": bucket})["gpu"]
        start, waits = service_start(bucket, facts), service_timing(bucket, facts)
        yield (
            f"| {model} | {machine}, {degree} | {start.processes} | {start.weights} | {start.compile} | {start.kernels} | "
            f"{start.graphs} | {waits.expected} | {waits.startup} | {service_timing(hub, facts).startup} |"
        )


def _started() -> Iterator[tuple[str, int, Start]]:
    """Each model of the table on a new node of Karpenter's, weights from the bucket."""
    for model, machine, degree in MODELS:
        pool = KarpenterGpuPool.model_validate(
            {"kind": "gpu", "provisioner": "karpenter", "instance_types": [machine], "limits": {"gpus": 8}}
        )
        bucket = _service(model, degree, "bucket")
        yield model, degree, cold_starts(bucket, pool_facts({"gpu": pool}, {"model": bucket})["gpu"])[0]


def _cold_starts() -> Iterator[str]:
    yield "| model | instance type, GPUs | " + " | ".join(Name) + " | first start | range | once compiled |"
    yield "|---|---|" + "---:|" * (len(Name) + 3)
    for model, degree, start in _started():
        pieces = " | ".join(
            str(round(piece.seconds.expected)) if piece.seconds else "unknown" for piece in start.first.pieces
        )
        total = start.first.known
        yield (
            f"| {model} | {start.instance_type}, {degree} | {pieces} | {total.expected:.0f} | {total.low:.0f} to {total.high:.0f} | "
            f"{start.again.known.expected:.0f} |"
        )


def _lowest() -> Iterator[str]:
    model, degree, start = min(_started(), key=lambda one: one[2].again.known.expected)
    yield (
        f"Of these, {model} on {degree} GPU{'s' if degree > 1 else ''} of {start.instance_type} is predicted to start soonest: "
        f"{start.again.known.expected:.0f} s once compiled ({start.again.known.low:.0f} to {start.again.known.high:.0f}), of which "
        f"{start.again.of(Name.NODE_LAUNCH, Name.NODE_READY).expected:.0f} s are the node and "
        f"{start.again.of(Name.IMAGE_PULL).expected:.0f} s the image."
    )


def _runs() -> Iterator[str]:
    yield "| published run | where | pieces | measured | predicted | error | in the range | held out |"
    yield "|---|---|---|---:|---:|---:|---|---|"
    for run in published_runs():
        assumed = f"; assumed: {run.assumed}" if run.assumed else ""
        yield (
            f"| [{run.name}]({run.source}){assumed} | {run.where} | {', '.join(run.pieces)} | {run.total:.0f} | {run.expected:.0f} | "
            f"{run.error:+.0%} | {_yes(run.within)} | {_yes(run.held_out)} |"
        )


def _accuracy() -> Iterator[str]:
    yield (
        "| totals of runs on | runs | sources | median error | median of the sources' medians | within 25 % | in the range | "
        "held out: median error |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    whole = [run for run in published_runs() if run.whole]
    words = {
        Where.CLOUD: "a cloud's virtual machine",
        Where.SERVERLESS: "a serverless or notebook platform",
        Where.MACHINE: "a single machine",
    }
    for where, place in words.items():
        yield _accuracy_row(place, [run for run in whole if run.where is where])
    yield _accuracy_row("any of them", whole)


def _accuracy_row(place: str, runs: list[Run]) -> str:
    by_source = list(source_medians(runs).values())
    held_out = [abs(run.error) for run in runs if run.held_out]
    return (
        f"| {place} | {len(runs)} | {len(by_source)} | {statistics.median(abs(run.error) for run in runs):.0%} | "
        f"{statistics.median(by_source):.0%} | {sum(abs(run.error) <= _CLOSE for run in runs)} | {sum(run.within for run in runs)} | "
        f"{statistics.median(held_out):.0%} ({len(held_out)}) |"
    )


def _unseen() -> Iterator[str]:
    """Each piece by place, then totals that are corrected by the other sources."""
    runs = published_runs()
    places = [(runs, "anywhere"), *(([run for run in runs if run.where is where], where.value) for where in Where)]
    yield "| measured over predicted, median of sources | " + " | ".join(words for _, words in places) + " |"
    yield "|---|" + "---:|" * len(places)
    tables = [piece_ratios(found) for found, _ in places]
    for label in sorted(tables[0]):
        shown = [table.get(label) for table in tables]
        yield (
            f"| `{label}` | "
            + " | ".join(
                f"{ratio.median:.2f} ({ratio.sources})" if ratio and ratio.sources >= LEAST_SOURCES else ""
                for ratio in shown
            )
            + " |"
        )
    corrected = [
        [(run, error) for run, error in unseen_errors(runs) if where is None or run.where is where]
        for where in (None, *Where)
    ]
    predicted = [[(run, run.error) for run, _ in errors] for errors in corrected]
    for words, table in (("as predicted", predicted), ("corrected by the other sources", corrected)):
        medians = [statistics.median(abs(error) for _, error in errors) for errors in table]
        yield f"| error of totals, {words} | " + " | ".join(f"{median:.0%}" for median in medians) + " |"


def _yes(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "no"


def _service(model: str, degree: int, source: str) -> VllmSettings:
    weights = {"source": source} | ({"prefix": "weights/model"} if source == "bucket" else {})
    return VllmSettings.model_validate(
        {"model": model, "pool": "gpu", "tensor_parallel": degree, "max_model_len": _CONTEXT, "weights": weights}
    )
