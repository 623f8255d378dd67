"""GPU memory of each service, as the memory planner estimates it: info lines in the preview."""

from collections.abc import Iterator, Mapping

import pulumi

from planner.fit import Fit


def fit_lines(fits: Mapping[str, Fit]) -> Iterator[str]:
    """One line for each service whose memory the planner estimates; warnings report the others."""
    for name, fit in fits.items():
        memory, (low, high) = fit.per_gpu, fit.kv_tokens_range
        yield (
            f"fit of {name}: {fit.status.value}; a GPU of {memory.visible:.1f} GiB holds weights {memory.weights:.1f}, "
            f"activations {memory.activation:.1f}, KV cache {memory.kv:.1f}: {fit.kv_tokens:,} tokens "
            f"({low:,} to {high:,}), {fit.concurrent_requests:.1f} requests of {fit.max_model_len:,} at once "
            f"(vLLM {fit.engine})"
        )


def report_fits(fits: Mapping[str, Fit]) -> None:
    """Log the lines."""
    for line in fit_lines(fits):
        pulumi.log.info(line)
