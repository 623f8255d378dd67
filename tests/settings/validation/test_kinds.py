"""The kinds of services."""

import pytest

from settings.models.services.base import DEFAULT_KIND
from settings.models.services.vllm import VllmSettings
from settings.validation.kinds import KINDS, UnknownKindError, read_service, settings_model

SERVICE = {"model": "Qwen/Qwen3-4B", "pool": "g5", "max_model_len": 8192, "weights": {"source": "hub"}}


def test_a_service_without_a_kind_is_of_the_default_one() -> None:
    assert settings_model(SERVICE) is KINDS[DEFAULT_KIND].settings
    assert isinstance(read_service(SERVICE), VllmSettings)
    assert read_service(SERVICE) == read_service({**SERVICE, "kind": "vllm"})


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_names_itself(name: str) -> None:
    assert KINDS[name].settings.model_fields["kind"].default == name
    assert KINDS[name].settings.pool_kinds


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownKindError, match=f"^is 'tgi': choose from {', '.join(KINDS)}$"):
        read_service({**SERVICE, "kind": "tgi"})
