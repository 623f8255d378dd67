import pytest

from components.serving.vllm.command import serve_arguments
from planner.vllm_options.releases import releases
from planner.vllm_options.table import by_spelling
from rehearsal.nodes.environment import expand
from settings.models.services.vllm import VllmSettings
from tests.components.builders import context, facts, service_settings
from tests.harness import deploy


def arguments(settings: VllmSettings) -> list[str]:
    """Arguments of a service whose weights come from the Hub: none of them is an Output."""
    made: list[str] = []
    deploy(lambda: made.extend(map(str, serve_arguments("chat", settings, context(pools=facts())))))
    return made


@pytest.mark.parametrize(("value", "word"), [(0.9, "0.90"), (0.955, "0.955"), (0.85, "0.85")])
def test_the_memory_share_is_said_as_it_was_set(value, word):
    words = arguments(service_settings(gpu_memory_utilization=value))
    assert f"--gpu-memory-utilization={word}" in words


def test_parallelism_is_said_in_full_where_there_is_any():
    words = arguments(service_settings(tensor_parallel=2, pipeline_parallel=2))
    assert {"--tensor-parallel-size=2", "--pipeline-parallel-size=2"} <= set(words)


def test_a_served_name_of_its_own():
    assert "--served-model-name=llama" in arguments(service_settings(served_model_name="llama"))


@pytest.mark.parametrize(
    ("image", "drains"),
    [
        ("vllm/vllm-openai:v0.32.0", True),
        ("vllm/vllm-openai:v0.18.0", True),
        ("vllm/vllm-openai:v0.17.1", False),
        ("vllm/vllm-openai:v0.10.1", False),
        ("registry.example.com/vllm@sha256:" + "0" * 64, True),
    ],
)
def test_an_image_is_not_told_what_it_does_not_know(image, drains):
    words = arguments(service_settings(image=image))
    assert ("--shutdown-timeout=45" in words) is drains


@pytest.mark.parametrize("release", releases(), ids=str)
def test_every_option_is_one_of_the_images_release(release):
    image = f"vllm/vllm-openai:v{release}.0"
    weights = {"source": "bucket", "prefix": "weights/x", "size_gib": 8}
    args = {"max-num-seqs": 8, "enable-prefix-caching": False}
    service = service_settings(image=image, weights=weights, args=args, pipeline_parallel=2, dtype="float16")
    given = [
        word[2:].partition("=")[0] for word in arguments(service) if isinstance(word, str) and word.startswith("--")
    ]
    assert len(given) >= 12
    assert set(given) <= by_spelling(release).keys()


def test_what_looks_like_a_variable_reaches_vllm_as_it_was_written():
    template = "{{ '$(VLLM_API_KEY)' }} costs $5 or $$"
    words = arguments(service_settings(args={"chat-template": template}))
    (said,) = [word for word in words if word.startswith("--chat-template=")]
    assert said == "--chat-template={{ '$$(VLLM_API_KEY)' }} costs $$5 or $$$$"
    assert expand(said, {"VLLM_API_KEY": "secret"}) == f"--chat-template={template}"
