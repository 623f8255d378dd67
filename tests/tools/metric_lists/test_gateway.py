import json

from tools.metric_lists.gateway import page


def test_metrics_of_the_registry_are_listed_with_their_labels_and_buckets():
    found = json.loads(page())["metrics"]
    assert found["llm_gateway_requests_total"] == {"type": "counter", "labels": ["tenant", "model", "code"]}
    assert found["llm_gateway_duration_seconds"]["buckets"][-1] == 600
