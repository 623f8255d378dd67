"""Runs against an endpoint whose behaviour is chosen by the model's name."""

import itertools
import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmark import standard
from benchmark.measure import Loop, NoAnswerError, measure, warmed
from benchmark.standard import run_standard
from benchmark.workloads import chat, synthetic
from load import Target, loops
from tests.harness import ROOT
from tests.load.endpoint import Endpoint, serving


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with serving() as served:
        yield served


def target(endpoint: Endpoint, model: str = "good") -> list[Target]:
    return [Target(url=endpoint.url, model=model, key="sk-test")]


def test_every_request_is_a_stream_with_a_prompt_of_its_own(endpoint: Endpoint) -> None:
    endpoint.seen.clear()
    endpoint.prompts.clear()
    run = measure(target(endpoint), chat(), Loop(requests=30, concurrency=5))
    assert run.figures.succeeded == 30
    assert endpoint.seen == {"stream": 30}
    assert len(endpoint.prompts) == 30
    assert endpoint.fields == {"stream_options": {"include_usage": True}, "max_tokens": 128}
    assert run.figures.ttft is not None
    assert run.figures.latency is not None
    assert run.figures.ttft.max < run.figures.latency.max


def test_an_open_loop(endpoint: Endpoint) -> None:
    run = measure(target(endpoint), chat(), Loop(concurrency=None, requests=None, rate=50, seconds=0.5))
    assert run.figures.succeeded == 25


def test_time_outs_are_apart_from_errors(endpoint: Endpoint) -> None:
    run = measure(target(endpoint, "hangs"), chat(), Loop(requests=4, concurrency=2), timeout=0.1)
    assert (run.figures.timed_out, run.figures.errors, run.figures.succeeded) == (4, {}, 0)


def test_the_warm_up_fits_the_prompt_to_the_count_of_the_server(endpoint: Endpoint) -> None:
    """The endpoint counts 7 tokens, whatever it is sent."""
    notes: list[str] = []
    assert warmed(target(endpoint), synthetic(), 10, notes.append).words == 256 + 256 - 7
    (note,) = notes
    assert note.startswith("the server ignores ignore_eos, so answers have ")
    assert warmed(target(endpoint), chat(), 10, print) == chat()


@pytest.mark.parametrize("model", ["strict", "limited"])
def test_a_server_that_refuses_ignore_eos(endpoint: Endpoint, model: str) -> None:
    """The second one refuses each other request for its limit, too."""
    notes: list[str] = []
    found = warmed(target(endpoint, model), synthetic(), 10, notes.append)
    assert found.body == {}
    assert notes == ["the server refuses ignore_eos, so answers can be shorter than 128 tokens"]


@pytest.mark.parametrize(
    ("model", "reason"),
    [("busy", "429: rate_limit_exceeded: too many requests"), ("endless", r"200: the stream ended without \[DONE\]")],
)
def test_a_server_that_never_answers(endpoint: Endpoint, model: str, reason: str) -> None:
    with pytest.raises(NoAnswerError, match=f"none of 10 requests of the warm-up succeeded: {reason}"):
        warmed(target(endpoint, model), chat(), 10, print)


def test_a_server_that_is_too_slow(endpoint: Endpoint) -> None:
    with pytest.raises(NoAnswerError, match=r"no answer within 0\.1 s"):
        warmed(target(endpoint, "slow"), chat(), 0.1, print)


def test_what_this_machine_cannot_send_is_no_figure_of_the_server(endpoint: Endpoint) -> None:
    """It has no more open files: as many as it may have are allowed first, and a load that needs more ends with the reason."""
    code = (
        "import resource; from benchmark.measure import *; from benchmark.workloads import chat; from load import Target;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}));"
        f"measure([Target(url={endpoint.url!r}, model='slow')], chat(), Loop(requests=80, concurrency=80))"
    )

    def run(soft: int, hard: int) -> str:
        command = [sys.executable, "-c", code.format(soft=soft, hard=hard)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT).stderr

    assert run(50, 400) == ""
    said = run(50, 50)
    assert (
        "of 80 requests could not be sent, so the figures would be this machine's: it allows the process 50 open files"
        in said
    )


def test_a_client_that_does_nothing_but_compute_is_noticed(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    run = measure(target(endpoint, "slow"), chat(), Loop(requests=2, concurrency=1))
    assert 0 < run.busy < 0.9
    clock = itertools.cycle([0.0, 10_000.0])
    monkeypatch.setattr(loops.time, "thread_time", lambda: next(clock))
    notes: list[str] = []
    monkeypatch.setattr(standard, "warmed", lambda _targets, workload, _timeout, _note: workload)
    run_standard(target(endpoint), notes.append, loop=Loop(requests=2, concurrency=1))
    assert sum("of the time, on one core: the server may be faster" in note for note in notes) == 2
