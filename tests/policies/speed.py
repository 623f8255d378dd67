"""``python -m tests.policies.speed``: CPU seconds the whole pack takes for 1,000 resources of the recorded platform."""

import statistics
import sys
import time
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from guardrails import policies
from rehearsal.bench import report
from rehearsal.sandboxes import CHECKOUT
from tests.policies.judging import resource_request, stack_request
from tests.policies.test_components import recorded


def seconds(count: int = 1000) -> float:
    """CPU seconds for a preview of ``count`` resources: every one alone, then all as a stack."""
    server: Any = _PolicyAnalyzerServicer("llm-platform", "0", policies(), EnforcementLevel.MANDATORY)
    platform = cycle(recorded("platform_core.json"))
    given = tuple(
        replace(one, name=f"{one.name}-{place}", depends={}) for place, one in enumerate(islice(platform, count))
    )
    alone, together = [resource_request(one, (one,)) for one in given], stack_request(given)
    start = time.process_time()
    for request in alone:
        server.Analyze(request, None)
    server.AnalyzeStack(together, None)
    return time.process_time() - start


def main() -> None:
    """Measure, print the table and keep it in ``.bench/``."""
    counts = (100, 1000)
    rows = []
    for count in counts:
        runs = [seconds(count) for _ in range(5)]
        goal = "under 2 s" if count == 1000 else ""
        rows.append([f"{count:,}", f"{statistics.median(runs):.2f} s", f"{max(runs):.2f} s", goal])
    text = f"{report.machine()}\n\n{report.table(['resources', 'CPU seconds (median of 5)', 'most', 'aim'], rows)}"
    sys.stdout.write(f"{text}\nkept in {report.store(CHECKOUT / '.bench', 'policies', text)}\n\n")


if __name__ == "__main__":
    main()
