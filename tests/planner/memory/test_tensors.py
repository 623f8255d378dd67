"""The largest tensor of a checkpoint."""

import pytest

from planner.catalog.models import known_models
from planner.memory.tensors import largest_tensor_bound, largest_tensor_bytes
from planner.memory.weights import checkpoint_bytes
from planner.model.reading import read_architecture
from planner.units import GIB
from tests.planner.configs import llama, shape_of


@pytest.mark.parametrize(
    ("model", "count", "width"),
    [
        # Sizes as in the headers of the published files: the embedding, in 16 bits whatever the layers are in.
        ("meta-llama/Llama-3.1-8B-Instruct", 128256 * 4096, 2),
        ("meta-llama/Llama-3.1-405B-Instruct", 128256 * 16384, 2),
        ("RedHatAI/Llama-3.3-70B-Instruct-FP8-dynamic", 128256 * 8192, 2),
        ("casperhansen/llama-3.3-70b-instruct-awq", 128256 * 8192, 2),
        ("deepseek-ai/DeepSeek-V3", 129280 * 7168, 2),
        ("google/gemma-3-27b-it", 262208 * 5376, 2),
        ("Qwen/Qwen3-30B-A3B", 151936 * 2048, 2),
        ("openai/gpt-oss-120b", 201088 * 2880, 2),
    ],
)
def test_of_known_models(model: str, count: int, width: int) -> None:
    assert largest_tensor_bytes(shape_of(model)) == pytest.approx(count * width, rel=0.1)
    assert largest_tensor_bytes(shape_of(model)) >= count * width


def test_experts_of_a_layer_in_one_tensor() -> None:
    """gpt-oss-120b: gate_up_proj_blocks has 128 x 5,760 x 90 x 16 bytes, and a family not known is taken for such a one."""
    mixture = llama(
        model_type="new_moe", num_local_experts=128, moe_intermediate_size=8192, hidden_size=5120, vocab_size=1000
    )
    assert largest_tensor_bytes(read_architecture(mixture)) == 2 * 128 * 8192 * 5120 * 2
    apart = read_architecture(mixture | {"model_type": "qwen3_moe"})
    assert largest_tensor_bytes(apart) < 2 * 8192 * 5120 * 2 * 2


def test_of_a_model_with_unknown_parts_nothing_below_the_bound_is_said() -> None:
    shape = read_architecture(llama(model_type="gemma3n", vocab_size=262144, hidden_size=2048))
    assert shape.uncovered
    assert largest_tensor_bytes(shape) > 262144 * 2048 * 2


@pytest.mark.parametrize(
    ("size_gib", "largest_gib"),
    [(0.5, 0.32), (14.6, 4.4), (10.1, 3.75), (15, 5.25), (745, 20), (740, 8), (754, 3.92), (245, 1.97)],
)
def test_the_bound_holds_for_the_worst_known(size_gib: float, largest_gib: float) -> None:
    assert largest_gib <= largest_tensor_bound(size_gib * GIB) / GIB <= size_gib


def test_the_bound_holds_for_the_whole_catalogue() -> None:
    covered = [known for known in known_models() if not known.shape.uncovered]
    assert covered
    for known in covered:
        checkpoint = checkpoint_bytes(known.shape)
        assert largest_tensor_bytes(known.shape) <= largest_tensor_bound(checkpoint), known.name
