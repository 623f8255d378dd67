"""Computations end, whatever they do."""

import re
import signal
import threading
import time

import pytest

from cli.console import UsageError
from cli.time_limit import cpu_limit


def count() -> None:
    while True:
        pass


def backtrack() -> None:
    re.fullmatch(r"(a+)+", "a" * 40 + "!")


@pytest.mark.parametrize("work", [count, backtrack])
def test_a_computation_is_ended(work) -> None:
    with pytest.raises(UsageError, match=r"no answer within 0.05 seconds of CPU time"), cpu_limit(0.05):
        work()


def test_waiting_is_not_computing() -> None:
    with cpu_limit(0.05):
        time.sleep(0.15)


def test_nothing_is_left_behind() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with cpu_limit(60):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is before


def test_another_thread_computes_without_it() -> None:
    done = []

    def work() -> None:
        with cpu_limit(0.01):
            done.append(sum(range(10**6)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
