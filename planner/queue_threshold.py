"""At how many waiting requests another replica is worth its GPUs, from what one replica holds at once."""

import math
from dataclasses import dataclass

SHARE = 0.25
"""Waiting requests for each request that runs. By Little's law a queue of a quarter of what runs at once adds about a quarter of
a request's own duration: latency that clients see, and a replica more would take away."""
LEAST = 2.0
"""One waiting request is there whenever two arrive together."""
MOST = 25.0
"""What AWS measured as the point to scale an 8B model on one L40S (saturated at 50 to 60 requests a second, after which the queue
jumps to 150 to 350): https://docs.aws.amazon.com/eks/latest/userguide/ml-inference-autoscaling-hpa-keda.html."""
UNKNOWN = 5.0
"""Where the planner does not know the model: the threshold of vLLM's production-stack
(https://docs.vllm.ai/projects/production-stack/en/latest/use_cases/autoscaling-keda.html)."""


@dataclass(frozen=True, kw_only=True)
class QueueThreshold:
    """A threshold and where it is from."""

    requests: float
    """Waiting requests for each replica."""
    source: str
    """How it was found, in a few words."""


def queue_threshold(at_once: float | None, *, max_num_seqs: int | None = None) -> QueueThreshold:
    """The threshold for a replica.

    Args:
        at_once: requests of full length that its KV cache holds at once; None where the planner does not know it.
        max_num_seqs: requests that the engine runs at once at most, where the settings bound them.
    """
    if at_once is None:
        return QueueThreshold(
            requests=UNKNOWN, source="vLLM production-stack's default, for the model is not in the catalogue"
        )
    running = min(at_once, max_num_seqs) if max_num_seqs else at_once
    share = math.ceil(running * SHARE) if math.isfinite(running) else math.inf
    found = float(min(MOST, max(LEAST, share)))
    bound = f", {LEAST:g} at least" if share < LEAST else f", {MOST:g} at most" if share > MOST else ""
    return QueueThreshold(
        requests=found,
        source=f"a quarter of the {running:.1f} requests of full length that a replica holds at once{bound}",
    )
