"""How often the number of replicas turns round in a day whose requests come at random: what the default of ``down_after`` is for.

A simulation of the loop in its production times: engines with slots, a scrape every 30 s, the HPA's algorithm
(https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/) every 15 s with its tolerance of 10 %.
"""

import heapq
import math
import random
from dataclasses import dataclass, field

import pytest

from settings.derived.autoscaling.decisions import LEAST_DOWN_SECONDS, SATURATION_RATIO

DAY, SYNC, SCRAPE, UP_WINDOW = 86_400, 15, 30, 30
TOLERANCE = 0.1
SLOTS, MOST, QUEUE = 8, 3, 2
START, ANSWER = 423, 80
NOON, NIGHT = 0.24, 0.024
"""Requests a second: 19 of 24 slots at noon."""


@dataclass
class Loop:
    """One service over a day."""

    down_after: int
    random: random.Random
    wanted: int = 1
    ready: int = 1
    starts: list[int] = field(default_factory=list)
    running: list[float] = field(default_factory=list)
    waiting: int = 0
    scraped: tuple[int, int] = (0, 0)
    recommended: list[tuple[int, int]] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)

    def run(self) -> None:
        for second in range(DAY):
            self._serve(second)
            if second % SCRAPE == 0:
                self.scraped = len(self.running), self.waiting
            if second % SYNC == 0:
                self._decide(second)

    def _serve(self, second: int) -> None:
        while self.running and self.running[0] <= second:
            heapq.heappop(self.running)
        rate = NOON - (NOON - NIGHT) * (1 + math.cos(2 * math.pi * second / DAY)) / 2
        self.waiting += self.random.random() < rate
        self.ready += sum(at <= second for at in self.starts)
        self.starts = [at for at in self.starts if at > second]
        while self.waiting and len(self.running) < self.ready * SLOTS:
            self.waiting -= 1
            heapq.heappush(self.running, second + ANSWER * self.random.uniform(0.85, 1.15))

    def _needed(self, value: float, target: float) -> int:
        ratio = value / (target * self.wanted)
        return self.wanted if abs(ratio - 1) <= TOLERANCE else math.ceil(value / target)

    def _decide(self, second: int) -> None:
        running, waiting = self.scraped
        found = max(self._needed(running / SLOTS, SATURATION_RATIO), self._needed(waiting, QUEUE), 1)
        self.recommended.append((second, min(MOST, found)))
        self.recommended = [one for one in self.recommended if one[0] > second - max(self.down_after, UP_WINDOW)]
        least = min(count for at, count in self.recommended if at > second - UP_WINDOW)
        most = max(count for at, count in self.recommended if at > second - self.down_after)
        change = least - self.wanted if least > self.wanted else min(0, most - self.wanted)
        if change:
            self.wanted += change
            self.moves.append(change)
        if change > 0:
            self.starts += [second + START] * change
        for _ in range(-change):
            if self.starts:
                self.starts.pop()
            else:
                self.ready -= 1

    @property
    def reversals(self) -> int:
        return sum(before * after < 0 for before, after in zip(self.moves, self.moves[1:], strict=False))


def reversals(down_after: int, seed: int) -> int:
    loop = Loop(down_after=down_after, random=random.Random(seed))
    loop.run()
    return loop.reversals


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_the_default_a_day_turns_round_seldom(seed):
    assert reversals(LEAST_DOWN_SECONDS, seed) <= 3 < reversals(START, seed), "as long as a start is too short"
