"""Metrics of processes that are started again, in files that the supervisor reads."""

import os
import subprocess
import sys

from gateway.policy import exposition

COUNT = """
from gateway.policy import metrics
metrics.REFUSED.labels("rate_limit_exceeded").inc(3)
metrics.HELD.labels("dev/qwen").set(2)
metrics.DURATION.labels("dev/qwen").observe(1)
"""


def in_process(folder, number, code):
    """Run code in a process of its own that keeps its metrics as process `number`."""
    start = f"from gateway.policy import exposition; exposition.keep_as({number})\n"
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    subprocess.run([sys.executable, "-c", start + code], env=environment, check=True)


def test_a_process_that_is_started_again_goes_on_with_its_counts_in_the_same_files(tmp_path):
    for _ in range(3):
        in_process(tmp_path, 0, COUNT)
        exposition.ended(tmp_path, 0)
    in_process(tmp_path, 1, COUNT)
    found = exposition.text(tmp_path)
    assert 'llm_gateway_refused_total{code="rate_limit_exceeded"} 12.0' in found
    assert 'llm_gateway_duration_seconds_count{model="dev/qwen"} 4.0' in found
    names = sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("gauge_"))
    assert names == ["counter_0.db", "counter_1.db", "histogram_0.db", "histogram_1.db"]


def test_requests_held_by_a_process_that_has_ended_count_no_more(tmp_path):
    in_process(tmp_path, 0, COUNT)
    in_process(tmp_path, 1, COUNT)
    assert 'llm_gateway_held_requests{model="dev/qwen"} 4.0' in exposition.text(tmp_path)
    exposition.ended(tmp_path, 0)
    assert 'llm_gateway_held_requests{model="dev/qwen"} 2.0' in exposition.text(tmp_path)
