import copy
from typing import Any

from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM

CHARTS = "oci://registry.example.com/charts"
IMAGES = "registry.example.com/mirror"


def warnings(image: str | None = None, **settings: Any) -> dict[str, str]:
    """Warnings about mirrors, by key."""
    raw = copy.deepcopy(PLATFORM) | settings
    if image:
        raw["services"]["small"]["image"] = image
    found = parse(raw, stack="dev").warnings
    return {one.path: one.message for one in found if "mirror" in one.message or one.path.endswith(".mirror")}


def test_without_mirrors_there_is_nothing_to_say() -> None:
    assert warnings() == {}


def test_with_both_everything_comes_from_them() -> None:
    assert warnings(charts={"mirror": CHARTS}, images={"mirror": IMAGES}) == {}


def test_an_image_of_a_service_from_elsewhere_is_warned_of() -> None:
    both = {"charts": {"mirror": CHARTS}, "images": {"mirror": IMAGES}}
    found = warnings("vllm/vllm-openai:v0.31.0", **both)
    assert list(found) == ["services.small.image"]
    assert "vllm/vllm-openai:v0.31.0 is not in images.mirror" in found["services.small.image"]
    assert warnings(f"{IMAGES}/vllm/vllm-openai:v0.31.0", **both) == {}


def test_one_mirror_without_the_other_is_warned_of() -> None:
    assert "charts (aws-load-balancer-controller) come from" in warnings(images={"mirror": IMAGES})["charts.mirror"]
    said = warnings(charts={"mirror": CHARTS})["images.mirror"]
    for repository in ("docker.io/vllm/vllm-openai", "nvcr.io/nvidia/k8s-device-plugin"):
        assert repository in said


def test_a_repository_on_this_machine_says_nothing_of_images() -> None:
    assert warnings(charts={"mirror": "http://127.0.0.1:8080/charts"}) == {}
