import json

import pytest

from gateway.policy.discovery.kubernetes.assembly import Objects, assemble, ready_addresses
from gateway.policy.services import Price
from tests.gateway.policy.discovery.kubernetes.cluster import endpoint_slice, namespace, service


def by_name(*found):
    return {(each["metadata"].get("namespace", ""), each["metadata"]["name"]): each for each in found}


def assembled(namespaces, services, slices=(), keys=None):
    objects = Objects(
        namespaces=by_name(*namespaces), services=by_name(*services), slices=by_name(*slices), keys=keys or {}
    )
    return assemble(objects, "dev")


def test_a_service_has_its_names_endpoints_key_and_price():
    found = assembled(
        [namespace("llm-qwen", "dev")],
        [service("llm-qwen", "qwen", "dev", price_input_usd="0.2", price_output_usd="0.6")],
        [endpoint_slice("llm-qwen", "qwen", "10.0.0.2", "10.0.0.1"), endpoint_slice("other", "qwen", "10.0.0.9")],
        {("llm-qwen", "keys", "engine"): "secret"},
    )
    [qwen] = found.services
    assert (qwen.name, qwen.short, qwen.team) == ("dev/qwen", "qwen", "a")
    assert qwen.endpoints == ("10.0.0.1:8000", "10.0.0.2:8000")
    assert qwen.key == "secret"
    assert "secret" not in repr(qwen)
    assert qwen.price == Price(input_usd=0.2, output_usd=0.6)
    assert found.wanted == {("llm-qwen", "keys", "engine")}
    assert not found.ignored


def test_a_team_has_no_short_name_and_a_missing_key_is_empty():
    found = assembled([namespace("b", "team-b")], [service("b", "qwen", "team-b")])
    assert [(each.name, each.short, each.key) for each in found.services] == [("team-b/qwen", None, "")]


def test_an_engine_without_a_key_has_none():
    [found] = assembled([namespace("b", "team-b")], [service("b", "qwen", "team-b", key=None)]).services
    assert found.key is None


@pytest.mark.parametrize(
    ("namespaces", "found", "reason"),
    [
        ([], service("evil", "qwen", "dev"), "namespace"),
        ([namespace("evil", "team-b")], service("evil", "qwen", "dev"), "stack"),
        ([namespace("evil", "team-b")], service("evil", "x", "team-b", model="../dev/qwen"), "name"),
        ([namespace("evil", "team-b")], service("evil", "x", "team-b", model="dev/qwen"), "name"),
        ([namespace("evil", "team-b/dev")], service("evil", "x", None), "name"),
        ([namespace("evil", "")], service("evil", "x", None), "name"),
    ],
)
def test_a_service_that_takes_a_name_of_another_stack_is_ignored(namespaces, found, reason):
    right = [namespace("llm-qwen", "dev")], [service("llm-qwen", "qwen", "dev")]
    result = assembled([*right[0], *namespaces], [*right[1], found])
    assert [each.name for each in result.services] == ["dev/qwen"]
    assert dict(result.ignored) == {reason: 1}


def test_of_two_services_with_one_name_the_older_one_counts():
    homes = [namespace("z-first", "dev"), namespace("a-second", "dev")]
    old = service("z-first", "qwen", "dev", created="2026-01-01T00:00:00Z", key="keys/old")
    new = service("a-second", "qwen", "dev", created="2026-02-01T00:00:00Z", key="keys/new")
    found = assembled(homes, [new, old], (), {("z-first", "keys", "old"): "old"})
    assert [each.key for each in found.services] == ["old"]
    assert dict(found.ignored) == {"duplicate": 1}


@pytest.mark.parametrize("price", ["-1", "nan", "inf", "much", "", "1e308", "9" * 400])
def test_a_price_that_is_none_is_counted_and_the_service_is_served(price):
    found = assembled([namespace("a", "dev")], [service("a", "qwen", "dev", price_input_usd=price)])
    assert [each.price for each in found.services] == [None]
    assert dict(found.ignored) == {"price": 1}


CONSENT = '{"consent": "a", "tenants": ["acme"], "sample": 1, "max_bytes": 9, "redact": []}'


@pytest.mark.parametrize(
    "consent",
    [
        CONSENT.replace("9", "Infinity"),
        CONSENT.replace("9", "NaN"),
        CONSENT.replace("[]", '["("]'),
        CONSENT.replace("[]", '["a*"]'),
        CONSENT.replace("1,", "1" + 400 * "0" + ","),
        CONSENT.replace('["acme"]', json.dumps([f"t{number}" for number in range(200)])),
        100_000 * "[",
        100_000 * '{"a":',
        "[]",
        "null",
    ],
)
def test_a_consent_that_cannot_be_read_is_none_and_everything_is_served(consent):
    others = [service("a", "before", "dev", response_logs=CONSENT), service("b", "after", "team-b")]
    found = assembled(
        [namespace("a", "dev"), namespace("b", "team-b")],
        [*others, service("b", "evil", "team-b", response_logs=consent)],
    )
    logged = {each.name: each.response_logs is not None for each in found.services}
    assert logged == {"dev/before": True, "team-b/after": False, "team-b/evil": False}
    assert dict(found.ignored) == {"response_logs": 1}
    assert found.why == {("response_logs", "b/evil")}


@pytest.mark.parametrize("key", ["a\nb/c", "a/b/c", "..", "../x", "a", "/b", "a/", "ä/b", 300 * "a" + "/b", "a?x=1/b"])
def test_a_key_that_is_no_key_of_a_secret_is_not_read_and_the_service_gets_no_request(key):
    found = assembled([namespace("a", "dev")], [service("a", "qwen", "dev", key=key)])
    assert [each.key for each in found.services] == [""]
    assert not found.wanted
    assert dict(found.ignored) == {"key": 1}


def test_a_service_that_no_rule_foresees_is_ignored_alone():
    odd = service("a", "odd", "dev")
    odd["metadata"]["annotations"]["llm-platform/price-input-usd"] = ["1"]
    bare = {"metadata": {"name": "bare", "namespace": "a", "labels": None, "annotations": None}}
    found = assembled([namespace("a", "dev")], [odd, service("a", "qwen", "dev"), bare])
    assert [each.name for each in found.services] == ["dev/qwen"]
    assert dict(found.ignored) == {"error": 1, "name": 1}


def test_settings_for_rules_are_the_known_annotations_with_plain_numbers():
    notes = {
        "alert_ttft_p95_seconds": "1.5",
        "alert_success_ratio": "0.995",
        "replicas": "0",
        "replica_usd_per_hour": "1.006",
        "alert_made_up": "1",
        "alert_idle_hours": "1e3",
        "alert_kv_cache_ratio": "nan",
        "alert_queue_per_replica": "-1",
        "alert_preemptions_per_second": "9" * 13,
        "other": "7",
    }
    found = assembled([namespace("a", "dev")], [service("a", "qwen", "dev", **notes)])
    settings = {"ttft_p95_seconds": 1.5, "success_ratio": 0.995, "replicas": 0.0, "replica_usd_per_hour": 1.006}
    assert [each.settings for each in found.services] == [settings]
    assert dict(found.ignored) == {"setting": 5}


def test_endpoints_that_are_not_ready_or_end_get_no_request():
    slices = [
        endpoint_slice("a", "qwen", "10.0.0.1"),
        endpoint_slice("a", "qwen", "10.0.0.2", ready=False),
        endpoint_slice("a", "qwen", "10.0.0.3", ready=True, terminating=True),
        endpoint_slice("a", "qwen", "10.0.0.4", ready=None),
        {**endpoint_slice("a", "qwen", "10.0.0.5"), "ports": None},
        {**endpoint_slice("a", "qwen"), "endpoints": None},
        {**endpoint_slice("a", "qwen", "engine.example.com"), "addressType": "FQDN"},
    ]
    assert ready_addresses(slices) == ["10.0.0.1:8000", "10.0.0.4:8000"]
