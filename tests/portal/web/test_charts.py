import itertools
import xml.etree.ElementTree as ET

import pytest

from portal.proposals import Memory
from portal.web import charts

FITS = Memory(visible=22.0, budget=20.0, weights=8.0, activation=1.0, non_torch=0.5, cuda_graphs=0.5, kv=10.0)
TOO_MUCH = Memory(visible=22.0, budget=20.0, weights=60.0, activation=1.0, non_torch=0.5, cuda_graphs=0.5, kv=-42.0)
WEIGHTS = "m-weights"


def read(svg):
    return ET.fromstring(svg)  # noqa: S314  it is our own


def rects(svg):
    return [(each.get("class"), float(each.get("x", 0)), float(each.get("width"))) for each in read(svg).iter("rect")]


def test_the_parts_lie_side_by_side_to_scale():
    found = [each for each in rects(charts.memory_bars(FITS, 1, "A10G")) if each[0] != "track"]
    assert [name for name, _, _ in found] == ["m-weights", "m-activation", "m-non_torch", "m-kv", "m-cuda_graphs"]
    for (_, x, width), (_, following, _) in itertools.pairwise(found):
        assert following == pytest.approx(x + width, abs=0.2)
    assert found[0][2] == pytest.approx(1000 * 8 / 22, abs=0.1)


def test_every_gpu_has_a_bar_up_to_eight():
    def bars(gpus):
        return [name for name, _, _ in rects(charts.memory_bars(FITS, gpus, "A10G"))].count(WEIGHTS)

    assert [bars(gpus) for gpus in (1, 4, 8, 16)] == [1, 4, 8, 8]


def test_what_is_too_much_lies_beyond_the_gpu_and_is_marked():
    found = rects(charts.memory_bars(TOO_MUCH, 1, "A10G"))
    end = max(x + width for name, x, width in found if name.startswith("m-"))
    assert end == pytest.approx(1000, abs=0.2)
    track = next(width for name, _, width in found if name == "track")
    assert ("beyond", pytest.approx(track, abs=0.1), pytest.approx(1000 - track, abs=0.2)) in found


def test_a_picture_says_in_words_what_it_shows():
    words = read(charts.memory_bars(FITS, 2, "A10G")).get("aria-label")
    assert words == (
        "Each of the 2 A10G GPUs of a replica, in GiB: weights 8.0, activations, at their peak 1.0, CUDA, NCCL 0.5, "
        "CUDA graphs 0.5, KV cache 10.0; vLLM may take 20.0 of 22.0."
    )
    assert "42.0 too much, so no KV cache" in charts.in_words(TOO_MUCH, 1, "A10G")


def test_words_from_outside_stay_words():
    svg = charts.memory_bars(FITS, 1, '"><script>alert(1)</script>')
    assert "<script>" not in svg
    assert "<script>" not in charts.share_bar(1, 2, "<script>")


def test_a_share_beyond_its_limit_is_marked():
    assert [name for name, _, _ in rects(charts.share_bar(30, 40, "", limit=40))] == ["track", "within"]
    over = charts.share_bar(60, 40, "", limit=40)
    assert rects(over)[1] == ("over", 0, 1000)
    assert 'class="budget" x1="666.7"' in over
    assert rects(charts.share_bar(0, 0, ""))[1][2] == 0


def test_nothing_in_a_picture_is_a_style():
    for svg in (charts.memory_bars(TOO_MUCH, 8, "A10G"), charts.share_bar(1, 2, "x", limit=1)):
        assert "style" not in svg
