"""What the program tells of the memory of each service: info lines in the preview."""

from collections.abc import Iterator

import pulumi

from settings.loading.stack import PlatformSettings, TeamSettings
from settings.models.services.vllm import VllmSettings
from settings.validation.model_fit import service_fit


def fit_lines(settings: PlatformSettings | TeamSettings) -> Iterator[str]:
    """One line for each service whose memory the planner reckons; advice tells of the others."""
    for name, service in settings.services.items():
        if not isinstance(service, VllmSettings):
            continue
        found = service_fit(service, settings.facts.pools[service.pool])
        if found is None:
            continue
        memory, (low, high) = found.per_gpu, found.kv_tokens_range
        yield (
            f"fit of {name}: {found.status.value}; a GPU of {memory.visible:.1f} GiB holds weights {memory.weights:.1f}, "
            f"activations {memory.activation:.1f}, KV cache {memory.kv:.1f}: {found.kv_tokens:,} tokens "
            f"({low:,} to {high:,}), {found.concurrent_requests:.1f} requests of {found.max_model_len:,} at once "
            f"(vLLM {found.engine})"
        )


def report_fits(settings: PlatformSettings | TeamSettings) -> None:
    """Tell it in the preview."""
    for line in fit_lines(settings):
        pulumi.log.info(line)
