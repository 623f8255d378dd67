"""What files of checkpoints hold beyond what is loaded, by names and shapes of published indices."""

import pytest

from planner.model.parameters import total
from tests.planner.configs import shape_of
from tests.planner.unloaded import unloaded_parameters


@pytest.mark.parametrize(
    ("name", "mtp_layers", "vocabulary_matrices", "stored"),
    [
        ("Qwen/Qwen3-0.6B", 0, 1, 751_632_384),  # a copy of the tied output layer
        ("intfloat/e5-mistral-7b-instruct", 0, 0, 7_110_660_096),  # no output layer, which is not loaded either
        ("zai-org/GLM-4.5-Air", 1, 2, 110_468_824_832),  # a layer with its own embedding and output layer
        ("XiaomiMiMo/MiMo-7B-Base", 1, 0, 7_833_409_536),  # a layer that shares them
        ("meta-llama/Llama-3.1-8B-Instruct", 0, 0, 8_030_261_248),
    ],
)
def test_files_hold_what_is_loaded_and_the_rest(
    name: str, mtp_layers: int, vocabulary_matrices: int, stored: int
) -> None:
    shape = shape_of(name)
    rest = unloaded_parameters(shape, mtp_layers=mtp_layers, vocabulary_matrices=vocabulary_matrices)
    assert total(shape) + rest == pytest.approx(stored, rel=1e-4)


def test_nothing_beside_is_nothing() -> None:
    assert unloaded_parameters(shape_of("Qwen/Qwen3-8B"), mtp_layers=0, vocabulary_matrices=0) == 0
