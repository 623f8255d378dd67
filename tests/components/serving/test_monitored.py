"""A service of a platform with monitoring: how it is found, who may read its metrics, and with which token."""

import base64
from functools import cache
from typing import Any

from components.kubernetes.content import checksum
from components.serving.vllm.keys import SCRAPE_TOKEN
from settings.derived.monitoring.names import TOKEN_KEY
from tests.components.builders import GATEWAY, MONITORING, PLATFORM_TOKEN, deployment, service_settings, services
from tests.harness import Deployment


@cache
def watched(*, gateway: bool = False, **alerts: float) -> Deployment:
    """A vLLM service on a platform with monitoring."""
    changes: dict[str, Any] = {"gateway": GATEWAY} if gateway else {}
    made = services(("chat", service_settings(replicas=2, alerts=alerts)), monitoring=MONITORING, **changes)
    assert made.error is None, made.error
    return made


def metadata(run: Deployment) -> dict[str, Any]:
    return dict(run.one("kubernetes:core/v1:Service").inputs["metadata"])


def test_its_service_is_found_without_a_gateway_too() -> None:
    labels = metadata(watched())["labels"]
    assert (labels["llm-platform/model"], labels["llm-platform/kind"]) == ("chat", "vllm")
    assert "llm-platform/key-secret" not in metadata(watched())["annotations"]


def test_its_annotations_are_what_rules_compare_it_with() -> None:
    found = metadata(watched(gateway=True, ttft_p95_seconds=4, kv_cache_ratio=0.95))["annotations"]
    assert found["llm-platform/alert-ttft-p95-seconds"] == "4"
    assert found["llm-platform/alert-kv-cache-ratio"] == "0.95"
    assert found["llm-platform/replicas"] == "2"
    assert len([key for key in found if key.startswith("llm-platform/alert-")]) == 2


def template(run: Deployment) -> Any:
    return {**deployment(run)["template"], "metadata": None}


def test_further_thresholds_roll_no_pod() -> None:
    assert template(watched(queue_per_replica=9)) == template(watched())


def test_both_namespaces_of_monitoring_may_read_its_metrics() -> None:
    (rule,) = watched().one("NetworkPolicy").inputs["spec"]["ingress"]
    admitted = [one["namespaceSelector"]["matchLabels"] for one in rule["from"] if "ipBlock" not in one]
    assert [one["kubernetes.io/metadata.name"] for one in admitted] == ["monitoring", "llm-monitoring"]


def test_it_takes_the_token_of_the_platform_and_keeps_its_own_key() -> None:
    assert SCRAPE_TOKEN == TOKEN_KEY
    secret = watched().one("Secret")
    assert base64.b64decode(secret.inputs["data"]["scrape_token"]).decode() == PLATFORM_TOKEN
    assert secret.ignore_changes == ("data.api_key",)
    assert "data.scrape_token" in secret.secrets or "data" in secret.secrets


def test_another_token_rolls_its_pods() -> None:
    data = watched().one("Secret").inputs["data"]
    annotations = deployment(watched())["template"]["metadata"]["annotations"]
    assert annotations["llm-platform/keys"] == checksum(data["api_key"], data["scrape_token"])
