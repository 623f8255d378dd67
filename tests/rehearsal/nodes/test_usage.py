"""CPU and memory of process trees, and a node's counter that never falls."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from rehearsal.nodes.usage import NodeCounter, children_by_parent, of_process

KEY = ("llm", "pod", "main")
# More than the 0.3 s that must be seen: the kernel shows user and system time in whole ticks of 10 ms, and drops the rest.
_BUSY = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"
_CHILD_ENDED = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {_BUSY!r}])\nprint('done', flush=True)\n"


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process whose child used 0.4 s and ended."""
    code = f"{_CHILD_ENDED}import time\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        yield process
        process.kill()


def test_a_tree_counts_children_that_ended(parent: subprocess.Popen[str]) -> None:
    usage = of_process(parent.pid, children_by_parent())
    assert usage
    assert usage.cpu >= 0.3
    assert usage.memory > 2**20
    assert abs(usage.started - time.time()) < 60


def test_a_tree_counts_its_descendants_that_run() -> None:
    code = f"{_BUSY}print('done', flush=True)\ninput()\n"
    chain = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {code!r}])\n"
    with subprocess.Popen(
        [sys.executable, "-c", chain], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        alone, tree = of_process(process.pid, {}), of_process(process.pid, children_by_parent())
        process.kill()
        process.communicate("\n")
    assert alone
    assert tree
    assert tree.cpu >= alone.cpu + 0.3
    assert tree.memory > alone.memory


def test_a_process_that_ended_has_none(parent: subprocess.Popen[str]) -> None:
    parent.kill()
    parent.wait()
    assert of_process(parent.pid, children_by_parent()) is None


def test_the_counter_keeps_what_ended_containers_used(parent: subprocess.Popen[str]) -> None:
    counter = NodeCounter()
    first = counter.sample([(KEY, parent.pid)], 0.0)
    assert first.cpu >= 0.3
    assert set(first.containers) == {KEY}
    parent.kill()
    parent.wait()
    second = counter.sample([(KEY, parent.pid)], 0.0)
    assert second.containers == {}
    assert second.cpu >= first.cpu


def test_the_agents_share_is_the_nodes_own() -> None:
    counter = NodeCounter()
    whole = counter.sample([], 1.0)
    assert whole.memory > 2**20
    assert whole.cpu > 0
    assert counter.sample([], 0.5).cpu >= whole.cpu, "a smaller share takes nothing back"
    assert of_process(os.getpid(), children_by_parent())
