"""The tables of docs/startup.md: ``make docs`` writes them."""

from collections.abc import Iterator
from pathlib import Path

from settings.derived.capacity import pool_facts
from settings.derived.timeouts import service_start, service_timing
from settings.models.pools import GpuPool
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


def page() -> str:
    """docs/startup.md."""
    return with_sections(PAGE.read_text(encoding="utf-8"), {"startup": "\n".join([*_rows(), ""])})


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


def _service(model: str, degree: int, source: str) -> VllmSettings:
    weights = {"source": source} | ({"prefix": "weights/model"} if source == "bucket" else {})
    return VllmSettings.model_validate(
        {"model": model, "pool": "gpu", "tensor_parallel": degree, "max_model_len": _CONTEXT, "weights": weights}
    )
