"""The longest context, as vLLM derives it."""

from typing import Any

import pytest

from planner.model.keys import Keys
from planner.model.positions import UNSTATED, read_positions
from planner.model.reading import UnreadableConfigError


@pytest.mark.parametrize(
    ("scaling", "positions", "longest", "before"),
    [
        (None, 131072, 131072, None),
        ({"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192}, 131072, 131072, None),
        # YaRN: multiplied before 0.30; since then the number of the configuration is taken as extended.
        ({"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}, 32768, 32768, 131072),
        ({"rope_type": "yarn", "factor": 40, "original_max_position_embeddings": 4096}, 163840, 163840, None),
        ({"type": "linear", "factor": 4.0}, 16384, 65536, None),
        ({"type": "dynamic", "factor": 2.0}, 2048, 4096, None),
        ({"type": "dynamic", "factor": None}, 2048, 2048, None),
        ({"rope_type": "default", "rope_theta": 1e6}, 2048, 2048, None),
        ({"type": "mrope", "mrope_section": [16, 24, 24]}, 32768, 32768, None),
        ({"type": "longrope", "short_factor": [1.0]}, 131072, 131072, None),
        ({"full_attention": {"rope_type": "linear", "factor": 8.0}, "sliding_attention": {}}, 16384, 131072, None),
    ],
)
def test_rope_scaling_counts(scaling: Any, positions: int, longest: int, before: int | None) -> None:
    found = read_positions(Keys({"rope_scaling": scaling, "max_position_embeddings": positions}), "llama")
    assert (found.longest, found.multiplied) == (longest, before)


def test_the_length_of_gemma_3_is_scaled_already() -> None:
    keys = Keys({"rope_scaling": {"rope_type": "linear", "factor": 8.0}, "max_position_embeddings": 131072})
    assert read_positions(keys, "gemma3_text").longest == 131072


@pytest.mark.parametrize(
    ("keys", "longest"),
    [
        ({"seq_length": 2048, "max_position_embeddings": 8192}, 2048),
        ({"max_position_embeddings": 4096, "max_seq_len": 16384}, 4096),
        ({"n_positions": 1024}, 1024),
        ({"max_target_positions": 448}, 448),
        # Cohere states the trained length apart, and vLLM takes it.
        ({"max_position_embeddings": 8192, "model_max_length": 131072}, 131072),
        ({"max_position_embeddings": 8192, "model_max_length": 4096}, 4096),
    ],
)
def test_the_smallest_key_counts_and_model_max_length_above_all(keys: dict[str, int], longest: int) -> None:
    assert read_positions(Keys(keys), "any").longest == longest


def test_nothing_states_a_length() -> None:
    found = read_positions(Keys({}), "any")
    assert (found.longest, found.stated) == (UNSTATED, False)


def test_longrope_starts_with_the_original_length() -> None:
    keys = {"max_position_embeddings": 131072, "original_max_position_embeddings": 4096}
    found = read_positions(Keys({**keys, "rope_scaling": {"type": "longrope"}}), "phi3")
    assert (found.longest, found.usual) == (131072, 4096)


@pytest.mark.parametrize("factor", [0.0001, -4, 0, float("inf"), float("nan"), "4", True, 10**400, [4.0]])
@pytest.mark.parametrize("kind", ["linear", "dynamic", "yarn", "longrope"])
def test_a_factor_that_is_none_is_one_line(factor: Any, kind: str) -> None:
    keys = Keys({"rope_scaling": {"type": kind, "factor": factor}, "max_position_embeddings": 8192})
    with pytest.raises(UnreadableConfigError, match=r"^rope_scaling\.factor in its config\.json is ") as caught:
        read_positions(keys, "llama")
    assert len(str(caught.value)) < 200
