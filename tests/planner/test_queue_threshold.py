"""The queue at which another replica is worth its GPUs."""

import pytest

from planner.queue_threshold import LEAST, MOST, UNKNOWN, queue_threshold


@pytest.mark.parametrize(
    ("at_once", "max_num_seqs", "requests", "bound"),
    [
        (46.8, None, 12.0, ""),
        (46.8, 20, 5.0, ""),
        (0.3, None, LEAST, ", 2 at least"),
        (400.0, None, MOST, ", 25 at most"),
        (400.0, 8, LEAST, ""),
        (float("inf"), None, MOST, ", 25 at most"),
    ],
)
def test_it_is_a_quarter_of_what_runs_at_once_within_bounds_that_are_named(
    at_once: float, max_num_seqs: int | None, requests: float, bound: str
) -> None:
    found = queue_threshold(at_once, max_num_seqs=max_num_seqs)
    assert found.requests == requests
    assert found.source.endswith(f"requests of full length that a replica holds at once{bound}")


def test_a_model_that_the_planner_does_not_know_has_a_default() -> None:
    assert queue_threshold(None, max_num_seqs=64).requests == UNKNOWN
