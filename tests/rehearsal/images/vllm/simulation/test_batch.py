"""Which requests a step has: slots, room in the KV cache, order."""

import pytest

from rehearsal.images.vllm.simulation.batch import BATCHED_TOKENS, Batch, Sequence
from rehearsal.images.vllm.simulation.speed import Speed

STEP = 0.05
SPEED = Speed(weights_bytes=STEP * 0.77, kv_bytes=0.0, parameters=1e-6, bytes_per_second=1.0, flops=1e9, kv_tokens=1000)
"""A token of every request each 50 ms, whatever is held."""


def batch(slots: int = 4, speed: Speed = SPEED) -> Batch:
    return Batch(speed, lambda: slots)


def request(prompt: int = 10, wanted: int = 100) -> Sequence:
    return Sequence(prompt=prompt, wanted=wanted)


def test_a_token_a_step():
    made, one = batch(), request()
    made.add(one)
    made.advance(STEP * 10.5)
    assert (one.made, one.held, made.held) == (10, 20, 20)
    # What was left of the last time counts.
    made.advance(STEP * 0.6)
    assert one.made == 11
    made.advance(STEP * 1000)
    assert (one.made, made.running) == (100, [])


def test_requests_together_are_as_fast_as_one():
    made, several = batch(), [request() for _ in range(4)]
    for one in several:
        made.add(one)
    made.advance(STEP * 10.5)
    assert [one.made for one in several] == [10] * 4


def test_beyond_the_slots_they_wait_in_order():
    made, several = batch(slots=2), [request(wanted=10) for _ in range(4)]
    for one in several:
        made.add(one)
    made.advance(STEP * 5.5)
    assert (len(made.running), list(made.waiting)) == (2, several[2:])
    made.advance(STEP * 5)
    assert made.running == several[2:]


def test_a_request_waits_for_room_in_the_cache():
    made, large, next_one = batch(), request(prompt=800, wanted=100), request(prompt=300)
    made.add(large)
    made.add(next_one)
    made.advance(STEP * 50)
    assert list(made.waiting) == [next_one]
    made.advance(STEP * 60)
    assert made.running == [next_one]


def test_where_the_cache_is_full_the_last_one_starts_again():
    made, first, last = batch(), request(prompt=400, wanted=300), request(prompt=400, wanted=300)
    made.add(first)
    made.add(last)
    made.advance(STEP * 120.5)
    assert (last.preemptions, list(made.waiting), first.made) == (1, [last], 120)
    kept = last.made
    assert kept == pytest.approx(100, abs=2)
    made.advance(STEP * 1000)
    assert first.done
    assert last.done
    assert last.preemptions == 1


def test_a_prompt_is_read_in_pieces():
    made, long = batch(speed=Speed(**{**vars(SPEED), "kv_tokens": 10**6})), request(prompt=BATCHED_TOKENS * 3, wanted=5)
    made.add(long)
    made.advance(STEP * 2.5)
    assert (long.made, long.unread) == (0, BATCHED_TOKENS)
    made.advance(STEP)
    assert (long.made, long.unread) == (1, 0)


def test_who_leaves_makes_room():
    made, several = batch(slots=1), [request() for _ in range(3)]
    for one in several:
        made.add(one)
    made.advance(STEP)
    made.remove(several[0])
    made.remove(several[1])
    made.remove(several[1])
    made.advance(STEP)
    assert (made.running, several[2].made) == ([several[2]], 1)


def test_no_slots_no_progress():
    made, one = batch(slots=0), request()
    made.add(one)
    made.advance(10)
    assert (one.made, list(made.waiting)) == (0, [one])
