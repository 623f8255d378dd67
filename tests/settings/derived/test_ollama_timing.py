"""How long an Ollama service may take."""

import pytest

from settings.derived.ollama_timing import LOAD_SECONDS, ollama_timing
from settings.derived.timeouts import LEAST_STARTUP_SECONDS
from settings.models.pools import PoolFacts
from settings.models.services.ollama import OllamaSettings

POOL = PoolFacts(kind="cpu", instance_types=("c6a.4xlarge",), gpus_per_node=0, desired=1, max=1, labels={}, taints=())
SMALL = {"kind": "ollama", "model": "llama3.1:8b", "pool": "cpu"}


def test_a_start_is_the_copy_of_the_model_and_its_load() -> None:
    timing = ollama_timing(OllamaSettings.model_validate(SMALL), POOL)
    assert LOAD_SECONDS < timing.expected < timing.startup == LEAST_STARTUP_SECONDS


def test_a_large_model_is_allowed_more_and_so_is_what_the_settings_raise() -> None:
    large = OllamaSettings.model_validate({**SMALL, "model": "x:70b", "size_gib": 200.0, "volume_gib": 300})
    timing = ollama_timing(large, POOL)
    assert timing.startup > LEAST_STARTUP_SECONDS
    assert timing.mirror > timing.expected
    assert ollama_timing(large.model_copy(update={"startup_seconds": 9000}), POOL).startup == 9000


def test_a_model_of_unknown_size_has_none() -> None:
    with pytest.raises(LookupError, match="neither stated nor known"):
        ollama_timing(OllamaSettings.model_validate({**SMALL, "model": "x:70b"}), POOL)
