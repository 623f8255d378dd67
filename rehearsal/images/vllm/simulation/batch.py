"""Continuous batching: which requests are in a step, what each of them has made, which have to wait.

As vLLM's scheduler does it (``vllm/v1/core/sched/scheduler.py``): requests start in the order in which they came while there
are slots and room in the KV cache; prompts are read in pieces beside the requests that generate; where the cache is full,
the request that started last goes back to the front of the queue, and its tokens are computed again later.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from rehearsal.images.vllm.simulation.speed import Speed

BATCHED_TOKENS = 2048
"""Tokens of one step, vLLM's default of ``max_num_batched_tokens`` on GPUs below 70 GiB."""
WATERMARK = 0.01
"""Share of the cache that stays free when a request starts, as in vLLM, so that it is not put back at once."""


@dataclass(eq=False, kw_only=True)
class Sequence:
    """One request.

    Attributes:
        prompt: Tokens of its prompt.
        wanted: Tokens that it makes before it ends.
        made: Tokens that it has made.
        unread: Tokens that have to be computed before it makes the next one.
        preemptions: How often it lost its place.
    """

    prompt: int
    wanted: int
    made: int = 0
    unread: int = 0
    preemptions: int = 0

    def __post_init__(self) -> None:
        """Nothing of the prompt is read yet."""
        self.unread = self.prompt

    @property
    def done(self) -> bool:
        """Whether it has made all its tokens."""
        return self.made >= self.wanted

    @property
    def held(self) -> int:
        """Tokens that it has in the KV cache."""
        return self.prompt + self.made - self.unread


class Batch:
    """The requests of one engine.

    Attributes:
        running: Those that run, in the order in which they started.
        waiting: Those that wait, the next one first.
    """

    def __init__(self, speed: Speed, slots: Callable[[], int]) -> None:
        """Nothing to do yet.

        Args:
            speed: Of the engine.
            slots: How many requests may run at once; it may change.
        """
        self._speed, self._slots = speed, slots
        self._credit = 0.0
        self.running: list[Sequence] = []
        self.waiting: deque[Sequence] = deque()

    @property
    def held(self) -> int:
        """Tokens in the KV cache."""
        return sum(one.held for one in self.running)

    def add(self, one: Sequence) -> None:
        """A request came."""
        self.waiting.append(one)

    def remove(self, one: Sequence) -> None:
        """A request left, finished or not."""
        if one in self.running:
            self.running.remove(one)
        elif one in self.waiting:
            self.waiting.remove(one)

    def advance(self, seconds: float) -> None:
        """Do as many steps as fit into the time; what is left of it counts for the next ones."""
        self._credit += seconds
        while True:
            self._start()
            if not self.running:
                # An idle engine saves nothing up.
                self._credit = 0.0
                return
            if not (self._read() if any(one.unread for one in self.running) else self._generate()):
                return

    def _start(self) -> None:
        held = self.held + sum(one.unread for one in self.running)
        while self.waiting and len(self.running) < self._slots():
            first = self.waiting[0]
            held += first.unread
            if held > (1 - WATERMARK) * self._speed.kv_tokens and self.running:
                return
            self.running.append(self.waiting.popleft())

    def _read(self) -> bool:
        """One step with pieces of prompts; whether there was time for it."""
        room = BATCHED_TOKENS - sum(not one.unread for one in self.running)
        pieces: list[tuple[Sequence, int]] = []
        for one in self.running:
            piece = min(one.unread, max(0, room))
            room -= piece
            pieces.append((one, piece))
        if not self._spend(self._speed.step(self.held, sum(piece for _, piece in pieces))):
            return False
        for one, piece in pieces:
            generates = not one.unread
            one.unread -= piece
            # The step that reads the end of a prompt makes the first token.
            if generates or (piece and not one.unread):
                one.made += 1
        self._settle()
        return True

    def _generate(self) -> bool:
        """Steps in which every request makes a token, until one of them ends or the cache is full; whether there was time."""
        held = self.held
        step = self._speed.step(held, 0)
        room = (self._speed.kv_tokens - held) // len(self.running)
        if room < 1 and len(self.running) > 1:
            self._preempt()
            return True
        left = min(one.wanted - one.made for one in self.running)
        steps = min(int(self._credit / step), left, max(1, room))
        if steps < 1:
            return False
        self._credit -= steps * step
        for one in self.running:
            one.made += steps
        self._settle()
        return True

    def _spend(self, seconds: float) -> bool:
        if seconds > self._credit:
            return False
        self._credit -= seconds
        return True

    def _preempt(self) -> None:
        last = self.running.pop()
        last.unread = last.prompt + last.made
        last.preemptions += 1
        self.waiting.appendleft(last)

    def _settle(self) -> None:
        self.running = [one for one in self.running if not one.done]
