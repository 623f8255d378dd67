"""Fields of the service form and the API, read from the settings models."""

from types import SimpleNamespace
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, Field, ValidationError

from portal import service_fields as subject
from portal.operations.schemas import ServiceRequest
from portal.service_fields import every_field, service_field, service_fields
from portal.web import service_form
from settings.models.base import Requestable, SettingsModel
from settings.models.services.base import DEFAULT_KIND
from settings.models.services.vllm import VllmSettings
from settings.validation.kinds import KINDS, read_service

PLATFORM_ONLY = {"image", "served_model_name", "path_allow_list", "monitoring_namespace", "port", "eip_allocations"}
SPEC = {"model": "Qwen/Qwen3-4B", "pool": "g5", "max_model_len": 8192}


def fields_of(model: type[SettingsModel]) -> dict[str, subject.ServiceField]:
    return {field.name: field for field in subject._fields_of(model, ())}


def test_a_field_has_the_bounds_default_choices_and_help_of_its_setting():
    length = service_field("max_model_len")
    assert (length.minimum, length.maximum, length.required, length.whole) == (16, 10_485_760, True, True)
    assert length.help == VllmSettings.model_fields["max_model_len"].description
    share = service_field("gpu_memory_utilization")
    assert (share.minimum, share.maximum, share.default, share.whole) == (0.3, 0.98, 0.9, False)
    assert service_field("dtype").choices[:2] == ("auto", "bfloat16")
    assert service_field("scheme").choices == ("internal", "internet-facing")


def test_of_a_union_the_fields_of_every_member_are_there_once():
    source, prefix = service_field("source"), service_field("prefix")
    assert (source.choices, source.default, source.stated) == (("hub", "bucket"), "hub", True)
    assert prefix.only_for == ("source", frozenset({"bucket"}))
    assert not prefix.required
    assert service_field("revision").only_for is None


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique_and_what_is_not_marked_is_the_platforms(kind: str):
    names = [field.name for field in service_fields(kind)]
    assert len(names) == len(set(names))
    assert PLATFORM_ONLY.isdisjoint(names)
    assert {"pool", "replicas"} <= set(names)


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_has_every_field_of_a_kind_once(kind: str):
    placed = [field.name for section in service_form.sections(kind).values() for field in section]
    assert sorted(placed) == sorted(field.name for field in service_fields(kind))


def test_a_new_setting_reaches_form_and_schema_by_its_mark_alone(monkeypatch: pytest.MonkeyPatch):
    class More(VllmSettings):
        warmup: Annotated[int | None, Requestable("Warm-up requests")] = Field(default=None, ge=0, le=9)
        """Requests before it is ready."""
        hidden: int = 1

    monkeypatch.setattr(subject, "KINDS", {DEFAULT_KIND: SimpleNamespace(settings=More)})
    subject.service_fields.cache_clear()
    try:
        found = service_field("warmup")
        assert (found.label, found.help, found.maximum) == ("Warm-up requests", "Requests before it is ready.", 9)
        assert found in service_form.sections(DEFAULT_KIND)["more"]
        schema = subject.request_model("Request", every_field(), SettingsModel).model_json_schema()["properties"]
        assert schema["warmup"]["anyOf"][0] == {"maximum": 9, "minimum": 0, "type": "integer"}
        assert "hidden" not in schema
    finally:
        subject.service_fields.cache_clear()


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("is odd")
    return value


class _One(SettingsModel):
    size: Annotated[int, AfterValidator(_even), Requestable("Size")] = Field(ge=2, le=8)
    format: Annotated[Literal["a"], Requestable("Format")] = "a"
    own: Annotated[bool, Requestable("Own")]


class _Other(SettingsModel):
    size: Annotated[int, Requestable("Size")] = Field(default=4, ge=1, le=6)
    format: Annotated[Literal["b"], Requestable("Format")] = "b"


def test_a_field_of_two_kinds_takes_what_either_takes(monkeypatch: pytest.MonkeyPatch):
    kinds = {"one": SimpleNamespace(settings=_One), "other": SimpleNamespace(settings=_Other)}
    monkeypatch.setattr(subject, "KINDS", kinds)
    subject.service_fields.cache_clear()
    try:
        merged = {field.name: field for field in every_field()}
    finally:
        subject.service_fields.cache_clear()
    assert (merged["size"].minimum, merged["size"].maximum, merged["size"].required) == (1, 8, False)
    assert merged["size"].default is None, "each kind has its own"
    assert merged["format"].choices == ("a", "b")
    assert not merged["own"].required, "the other kind has no such setting"


def test_a_request_keeps_the_validators_and_can_omit_or_null_what_has_a_default():
    model = subject.request_model("Request", tuple(fields_of(_One).values()), SettingsModel)
    assert model.model_validate({"size": 4, "own": True, "format": None}).model_dump() == {
        "size": 4,
        "own": True,
        "format": None,
    }
    with pytest.raises(ValueError, match="is odd"):
        model.model_validate({"size": 3, "own": True})


def test_settings_of_a_request_omit_what_is_the_default():
    assert ServiceRequest(**SPEC).settings(80) == SPEC | {"replicas": 1, "weights": {"source": "hub"}}
    given = {"tensor_parallel": 1, "gpu_memory_utilization": 0.9, "endpoint": {"scheme": "internal"}, "args": {}}
    assert ServiceRequest(**SPEC, **given).settings(80) == ServiceRequest(**SPEC).settings(80)
    assert ServiceRequest(**SPEC).settings(8080)["endpoint"] == {"port": 8080}


def test_settings_of_another_kind_are_valid_settings_of_it():
    found = ServiceRequest(kind="ollama", model="llama3.1:8b", pool="cpu", parallel=8).settings(80)
    weights = {"source": "registry"}
    expected = {
        "kind": "ollama",
        "model": "llama3.1:8b",
        "pool": "cpu",
        "replicas": 2,
        "parallel": 8,
        "weights": weights,
    }
    assert found == expected
    assert read_service(found).replicas == 2


def test_a_setting_of_another_kind_is_kept_for_the_kinds_own_model_to_refuse():
    found = ServiceRequest(kind="ollama", model="llama3.1:8b", pool="cpu", tensor_parallel=2).settings(80)
    with pytest.raises(ValidationError, match="tensor_parallel"):
        read_service(found)


def test_settings_of_a_request_are_valid_settings():
    weights = {"source": "bucket", "prefix": "weights/x", "mirror": True, "size_gib": 3.5}
    given = ServiceRequest(**SPEC, weights=weights, dtype="half", args={"max-num-seqs": 8}).settings(80)
    assert VllmSettings.model_validate(given).weights.prefix == "weights/x"


def test_all_of_a_setting_that_may_be_absent_is_optional():
    price = {name: service_field(name) for name in ("input_usd", "output_usd")}
    assert {field.path[0] for field in price.values()} == {"price"}
    assert not any(field.required for field in price.values())
    assert "price" not in ServiceRequest(**SPEC).settings(80)
    both = {"input_usd": 0.2, "output_usd": 0.6}
    assert ServiceRequest(**SPEC, price=both).settings(80)["price"] == both
    with pytest.raises(ValidationError, match="output_usd"):
        read_service(ServiceRequest(**SPEC, price={"input_usd": 0.2}).settings(80) | {"weights": {"source": "hub"}})


@pytest.mark.parametrize(
    ("endpoint", "gateway", "before", "expected"),
    [
        ({}, False, None, {"port": 8080}),
        ({}, True, None, None),
        ({"own": True}, True, None, {"own": True, "port": 8080}),
        ({"own": False}, True, None, {"own": False}),
        ({"own": False}, True, {"endpoint": {"port": 8080}}, {"own": False}),
        ({}, True, {"endpoint": {"port": 8080}}, {"port": 8080}),
        (
            {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24"]},
            True,
            None,
            {"scheme": "internet-facing", "source_ranges": ["203.0.113.0/24"], "port": 8080},
        ),
    ],
)
def test_a_service_behind_a_gateway_states_no_port_unless_it_has_a_load_balancer(endpoint, gateway, before, expected):
    found = ServiceRequest(**SPEC, endpoint=endpoint).settings(8080, gateway=gateway, before=before)
    assert found.get("endpoint") == expected


def test_the_form_has_what_a_gateway_needs_only_where_there_is_one():
    def names(*, gateway: bool) -> set[str]:
        return {
            field.name for section in service_form.sections(DEFAULT_KIND, gateway=gateway).values() for field in section
        }

    assert names(gateway=True) - names(gateway=False) == {"own", "input_usd", "output_usd"}
