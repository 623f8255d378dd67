"""No request is lost while engines roll, policy processes are killed, the table is away and a gateway pod is drained."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from load import Outcome, Plan, Report, Running
from tests.gateway.support.processes import until
from tests.gateway.support.table import TableServer
from tests.gateway.whole.pods import Pods
from tests.gateway.whole.vllm import VllmEngine
from tests.sockets import collecting_aborted

STREAMS, WHOLE = "dev/streams", "dev/whole"
"""Services of their own, so that each one's engines count what the usage of one tenant has to be."""
TOKENS = 100
AT_ONCE = 25
"""Requests under way at once at each of the two services."""
ABORTED = 0.05
LATE_TOKENS = 5
"""Tokens of 10 ms that an engine makes after a client has left, at most, on a busy machine."""


class Run:
    """Pods under the two loads."""

    def __init__(self, root: Path, requests: int, away_seconds: float) -> None:
        self.root, self.requests, self.away_seconds = root, requests, away_seconds
        self.table = TableServer(root)
        services = {name: [self.engine(name, number) for number in (0, 1)] for name in (STREAMS, WHOLE)}
        self.pods = Pods(root, self.table, services, drain_seconds=60)
        self.reports: dict[str, Report] = {}

    def engine(self, service: str, number: int) -> VllmEngine:
        log = self.root / f"{service.partition('/')[2]}-{number}.log"
        return VllmEngine(log, (service,), token_seconds=0.01)

    @contextmanager
    def loads(self) -> Iterator[list[Running]]:
        """Both loads, to their end."""
        loads = []
        for model, share in ((STREAMS, 1.0), (WHOLE, 0.0)):
            limits = {"requests_per_second": 10_000, "tokens_per_minute": 10**9, "concurrent_requests": 1000}
            key = self.table.key(model.partition("/")[2], **limits)
            plan = Plan(
                targets=self.pods.targets(model, key),
                concurrency=AT_ONCE,
                requests=self.requests // 2,
                stream_share=share,
                abort_share=ABORTED,
                max_tokens=TOKENS,
                body={"ignore_eos": True},
                timeout=300,
            )
            loads.append(Running(plan))
        with ExitStack() as stack:
            for load in loads:
                stack.enter_context(load)
            yield loads
            self.reports = {model: load.report() for model, load in zip((STREAMS, WHOLE), loads, strict=True)}

    def failures(self, progress: Callable[[float], None]) -> None:
        """One of each, spread over the run."""
        progress(0.05)
        self.pods.roll(STREAMS, self.engine(STREAMS, 2))
        progress(0.2)
        self.pods.kill_policy(self.pods.pods[0])
        progress(0.3)
        self.table.away()
        time.sleep(self.away_seconds)
        self.table.back()
        progress(0.5)
        new = threading.Thread(target=self.pods.add)
        new.start()
        new.join()
        self.pods.drain(self.pods.pods[0])
        progress(0.7)
        self.pods.kill_policy(self.pods.pods[0], number=1)
        self.pods.roll(WHOLE, self.engine(WHOLE, 2))

    def counted(self, service: str, counter: str) -> int:
        """What the service's engines counted, those that ended included."""
        retired = [each for each in self.pods.retired if each.names == (service,)]
        return sum(each.counter(counter) for each in (*self.pods.engines[service], *retired))

    def used(self, service: str, least: int) -> tuple[int, int, int]:
        """Requests, prompt and completion tokens that the gateway wrote down, when nothing more comes.

        A client that left before its request was decided on has used nothing.
        """
        tenant = service.partition("/")[2]
        seen = [-1]

        def still() -> bool:
            seen.append(self.table.used(tenant).requests)
            return seen[-1] >= least and len(set(seen[-5:])) == 1

        until(f"usage of {least} requests", still, pause=1.0)
        used = self.table.used(tenant)
        return used.requests, used.prompt_tokens, used.completion_tokens


# A request that is aborted while aiohttp connects leaves its socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("requests", "away_seconds"),
    [
        pytest.param(1000, 5.0, marks=pytest.mark.thorough),
        pytest.param(10_000, 60.0, marks=pytest.mark.soak_only("minutes")),
    ],
)
def test_none_is_lost(tmp_path: Path, requests: int, away_seconds: float) -> None:
    run = Run(tmp_path, requests, away_seconds)
    with collecting_aborted(), run.table, run.pods:
        run.pods.add()
        run.pods.add()
        with run.loads() as loads:
            run.failures(lambda share: [load.wait_for(int(share * requests / 2), 900) for load in loads] and None)
        for report in run.reports.values():
            assert not report.lost, report.failures
            assert len(report.answers) == requests // 2
            assert 0.02 < report.count(Outcome.ABORTED) / len(report.answers) < 0.1
        _usage_agrees(run)


def _usage_agrees(run: Run) -> None:
    """With the engines' counters: exactly for what ended, and within a few tokens for each answer that a client left."""
    streams = run.reports[STREAMS]
    left = streams.count(Outcome.ABORTED)
    requests, prompt, completion = run.used(STREAMS, len(streams.answers) - left)
    assert requests <= len(streams.answers)
    made = run.counted(STREAMS, "generation_tokens")
    # A request that was made again elsewhere, before its first byte, has two engines count its prompt; the tenant pays once.
    each = prompt // requests
    again, rest = divmod(run.counted(STREAMS, "prompt_tokens") - prompt, each)
    assert rest == 0
    assert 0 <= again <= 2 * AT_ONCE, "more than were under way when a policy process or an engine ended"
    # An engine goes on until it has heard that the client left; no client got these tokens.
    assert 0 <= made - completion <= LATE_TOKENS * left
    ended = sum(answer.completion_tokens for answer in streams.answers if answer.outcome is Outcome.OK)
    assert ended == streams.count(Outcome.OK) * TOKENS
    assert completion >= streams.completion_tokens, "what the clients saw, those that left included"
    # A whole answer that the client left has no usage that the gateway saw: its prompt counts, by its length, if an engine had it.
    whole = run.reports[WHOLE]
    requests, prompt, completion = run.used(WHOLE, len(whole.answers) - whole.count(Outcome.ABORTED))
    left = requests - whole.count(Outcome.OK)
    assert 0 < left <= whole.count(Outcome.ABORTED)
    each, rest = divmod(prompt - whole.prompt_tokens, left)
    assert rest == 0
    assert each > 0
    assert completion == whole.completion_tokens
    assert completion == whole.count(Outcome.OK) * TOKENS
    assert completion <= run.counted(WHOLE, "generation_tokens")
