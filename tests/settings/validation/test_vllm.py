"""Issues of services of kind vllm."""

from copy import deepcopy

import pytest

from planner.catalog.gpus import gpu_named
from planner.catalog.models import known_model
from planner.fit import fit
from planner.memory.vllm_version import VllmVersion
from planner.request import FitRequest
from settings.issues import SettingsError
from settings.loading.parse import parse
from tests.settings.bad_settings import PLATFORM


@pytest.mark.parametrize(
    "release", ["0.8.5", "0.9.0", "0.9.2", "0.10.1", "0.10.2", "0.14.1", "0.19.1", "0.20.0", "0.32.0"]
)
def test_settings_and_planner_agree_on_the_v100(release: str) -> None:
    raw = deepcopy(PLATFORM)
    raw["services"]["small"] |= {"pool": "p3", "dtype": "float16", "image": f"vllm/vllm-openai:v{release}"}
    try:
        parse(raw, stack="dev")
        refused = False
    except SettingsError as error:
        refused = any("no kernels for the V100" in str(issue) for issue in error.issues)
    model = known_model("Qwen/Qwen3-4B")
    assert model is not None
    request = FitRequest(shape=model.shape, gpu=gpu_named("V100"), dtype="float16", engine=VllmVersion.of(release))
    assert refused == any("no kernels for the V100" in reason for reason in fit(request).reasons)
