"""What the emulator shows against the list that was read from vLLM's source."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from monitoring.metrics import metrics
from rehearsal.images.vllm import VERSION
from rehearsal.images.vllm.metric_families import families, powers
from tests.rehearsal.images.vllm.test_app import HELLO, KEY, client


def shown(text: str) -> dict[str, str]:
    """Type by name of each family of vLLM, a counter's name as its series has it."""
    found = {}
    for family in text_string_to_metric_families(text):
        if family.name.startswith("vllm:") and not family.name.endswith("_created"):
            found[family.name + ("_total" if family.type == "counter" else "")] = family.type
    return found


def test_an_engine_shows_exactly_what_the_list_has_without_a_condition() -> None:
    listed = {name: metric.type for name, metric in metrics(f"vllm-{VERSION}").items() if not metric.condition}
    assert len(listed) > 35
    server = client()
    assert shown(server.get("/metrics").text) == listed


def test_samples_have_the_labels_of_the_list() -> None:
    server = client()
    server.post("/v1/chat/completions", headers=KEY, json={"model": "m", "messages": HELLO, "max_tokens": 4})
    listed = metrics(f"vllm-{VERSION}")
    seen = set()
    for family in text_string_to_metric_families(server.get("/metrics").text):
        name = family.name + ("_total" if family.type == "counter" else "")
        for sample in family.samples:
            if name in listed and not sample.name.endswith("_created"):
                assert set(sample.labels) - {"le"} == set(listed[name].labels), name
                seen.add(name)
    assert seen == {name for name, metric in listed.items() if not metric.condition}


def test_buckets_of_the_list() -> None:
    registry = CollectorRegistry()
    families(registry, model="m", window=100)
    text = generate_latest(registry).decode()
    assert 'vllm:time_to_first_token_seconds_bucket{engine="0",le="0.001",model_name="m"} 0.0' in text
    assert 'vllm:request_prompt_tokens_bucket{engine="0",le="100.0",model_name="m"} 0.0' in text
    assert 'le="200.0"' not in text.partition("request_prompt_tokens")[2].partition("# HELP")[0]
    assert powers(100) == [1, 2, 5, 10, 20, 50, 100]
