"""Main memory while the weights are loaded."""

from hypothesis import given
from hypothesis import strategies as st

from planner.memory.host import (
    GIB,
    LARGEST_ONLY,
    MIB,
    pod_memory_mib,
    shares_reading,
    streaming,
    without_streaming_gib,
)


def test_a_pod_has_three_quarters_of_its_share() -> None:
    assert pod_memory_mib(192, gpus=4, gpus_per_node=4) == 144 * 1024
    assert pod_memory_mib(192, gpus=1, gpus_per_node=4) == 36 * 1024


def test_a_quarter_of_the_pod_for_all_buffers() -> None:
    found = streaming(pod_mib=144 * 1024, workers=4, checkpoint=100 * GIB, largest=1 * GIB)
    assert found.limit == 9 * GIB
    assert found.buffers_gib == 36


def test_less_where_the_quarter_would_leave_too_little() -> None:
    found = streaming(pod_mib=12 * 1024, workers=1, checkpoint=17 * GIB, largest=1.7 * GIB)
    assert 1.7 * GIB <= found.limit < 3 * GIB
    assert found.needed_gib <= 12.01


def test_no_more_than_the_checkpoint() -> None:
    assert streaming(pod_mib=144 * 1024, workers=4, checkpoint=2 * GIB, largest=GIB).buffers_gib == 8


def test_a_guess_that_is_too_large_is_left_to_the_streamer() -> None:
    found = streaming(pod_mib=12 * 1024, workers=1, checkpoint=15 * GIB, largest=5.9 * GIB, certain=False)
    assert found.limit == LARGEST_ONLY
    assert found.needed_gib > 12
    roomy = streaming(pod_mib=288 * 1024, workers=4, checkpoint=70 * GIB, largest=9.4 * GIB, certain=False)
    assert roomy.limit == 18 * GIB


@given(
    pod=st.integers(6 * 1024, 4096 * 1024),
    workers=st.sampled_from([1, 2, 4, 8]),
    checkpoint=st.floats(0.1, 1500),
    share=st.floats(0.001, 1),
)
def test_what_is_needed_covers_what_the_streamer_allocates(
    pod: int, workers: int, checkpoint: float, share: float
) -> None:
    largest = checkpoint * share * GIB
    found = streaming(pod_mib=pod, workers=workers, checkpoint=checkpoint * GIB, largest=largest)
    assert found.limit >= largest, "the streamer refuses less"
    assert found.limit % MIB == 0
    # 0.15 and 0.16: one buffer of min(limit, checkpoint) a process.
    assert found.buffers_gib >= workers * min(found.limit, checkpoint * GIB) / GIB - 0.01
    # 0.17: a ring of up to 18 parts of max(largest, budget / 18) within the limit, one part doubled while it is in use.
    budget = min(found.limit, checkpoint * GIB)
    part = max(largest, budget / 18)
    ring = part * max(1, budget // part) + part
    assert found.needed_gib >= 4 + workers * (2 + (ring + 18 * 4 * MIB) / GIB) - 0.01
    if found.needed_gib <= pod / 1024:
        assert workers * min(found.limit, checkpoint * GIB) < pod * MIB


def test_what_is_kept_for_the_cache_and_offloaded_is_needed_and_leaves_less_for_buffers() -> None:
    plain = without_streaming_gib(2, 0)
    assert without_streaming_gib(2, 0, kept_gib=8) == plain + 8
    assert without_streaming_gib(2, 3, kept_gib=8) == plain + 2 * 3 + 8
    roomy = streaming(pod_mib=32 * 1024, workers=2, checkpoint=70 * GIB, largest=1 * GIB)
    kept = streaming(pod_mib=32 * 1024, workers=2, checkpoint=70 * GIB, largest=1 * GIB, kept_gib=16)
    assert kept.limit < roomy.limit
    assert kept.needed_gib <= 32.01


def test_reading_is_shared_where_the_gpu_has_room_for_it() -> None:
    # Llama 3.1 70B in 16 bits on eight A10G: 16.5 GiB of weights, three times the embedding of 1.96 GiB.
    assert not shares_reading(checkpoint=131.4 * GIB, largest=1.96 * GIB, workers=8, visible_gib=22.06)
    assert shares_reading(checkpoint=131.4 * GIB, largest=1.96 * GIB, workers=8, visible_gib=44.3)
    assert not shares_reading(checkpoint=15 * GIB, largest=GIB, workers=1, visible_gib=44.3)
