"""Which part of a model one token passes."""

import pytest

from planner.cost.active import active_share


@pytest.mark.parametrize(
    ("model", "billions", "active_billions"),
    [
        # What their cards state: the total and the active parameters.
        ("Qwen/Qwen3-30B-A3B", 30.5, 3.3),
        ("Qwen/Qwen3-235B-A22B", 235, 22),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 46.7, 12.9),
        ("deepseek-ai/DeepSeek-V3", 671, 37),
    ],
)
def test_a_mixture_reads_what_its_card_states(model: str, billions: float, active_billions: float) -> None:
    assert active_share(model) == pytest.approx(active_billions / billions, rel=0.05)


@pytest.mark.parametrize("model", ["Qwen/Qwen3-8B", "no/such-model"])
def test_dense_and_unknown_models_read_everything(model: str) -> None:
    assert active_share(model) == 1
