import pytest

from components.vllm.command import serve_words
from tests.components.builders import service_settings


@pytest.mark.parametrize(("value", "word"), [(0.9, "0.90"), (0.955, "0.955"), (0.85, "0.85")])
def test_the_memory_share_is_said_as_it_was_set(value, word):
    words = serve_words("chat", service_settings(gpu_memory_utilization=value), "models")
    assert f"--gpu-memory-utilization={word}" in words


def test_parallelism_is_said_in_full_where_there_is_any():
    words = serve_words("chat", service_settings(tensor_parallel=2, pipeline_parallel=2), "models")
    assert {"--tensor-parallel-size=2", "--pipeline-parallel-size=2"} <= set(words)


def test_a_served_name_of_its_own():
    assert "--served-model-name=llama" in serve_words("chat", service_settings(served_model_name="llama"), "models")
