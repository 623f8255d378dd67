"""The real API server, controllers and scheduler with simulated nodes, in small."""

import asyncio
from pathlib import Path

import pytest

from rehearsal.bench.cluster_figures import table
from rehearsal.bench.simulated_cluster import measure


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_a_few_nodes_are_measured(tmp_path: Path) -> None:
    found = asyncio.run(measure(3, tmp_path, rest_seconds=1))
    assert 0 < found.registered <= found.schedulable
    assert found.empty > 0
    assert found.rest.cores["apiserver"] > 0
    # Three Nodes, their leases, three Pods and what every cluster has.
    assert found.objects > 9
    assert found.database > 0
    assert found.pods_listed.size > found.nodes_listed.size // 10 > 0
    assert found.decision > 0
    lines = table([found]).splitlines()
    assert lines[0] == "|  | 3 nodes |"
    assert all(line.count("|") == 3 for line in lines)
