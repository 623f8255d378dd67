"""Pieces of a start by public figures."""

import pytest

from rehearsal.images.vllm.simulation.starts import BUCKET_BYTES, CACHED_SECONDS, COMPILE_SECONDS, start_of


def test_a_start_from_the_bucket_and_from_the_hub():
    bucket, hub = (start_of(16e9, "A10G", from_bucket=chosen, eager=False) for chosen in (True, False))
    assert bucket.weights == pytest.approx(16e9 / BUCKET_BYTES.value)
    assert hub.weights > 5 * bucket.weights
    assert bucket.compile == COMPILE_SECONDS["L4"].value, "no run on an A10G was published"


def test_eager_compiles_and_captures_nothing():
    eager = start_of(16e9, "H100", from_bucket=True, eager=True)
    assert (eager.compile, eager.graphs) == (0, 0)
    assert start_of(16e9, "H100", from_bucket=True, eager=False).compile == COMPILE_SECONDS["H100"].value


def test_every_figure_has_its_source():
    assert all(published.source.startswith("https://") for published in COMPILE_SECONDS.values())


def test_what_was_compiled_before_is_loaded():
    again = start_of(16e9, "A10G", from_bucket=True, eager=False, compiled_before=True)
    first = start_of(16e9, "A10G", from_bucket=True, eager=False)
    assert again.compile == CACHED_SECONDS.value < first.compile
    assert again.graphs == first.graphs
