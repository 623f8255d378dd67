"""A service behind a gateway: how it is found, by which names it answers, who reaches it; and without one nothing changes."""

import json
from functools import cache
from typing import Any

import pytest

from components import OllamaService, OllamaServiceArgs
from gateway.policy.discovery.kubernetes import labels
from gateway.policy.services import ResponseLogs
from settings.derived.capacity import pool_facts
from settings.derived.gateway import names
from settings.models.services.ollama import OllamaSettings
from tests.components.builders import (
    GATEWAY,
    container,
    context,
    namespace,
    on_kubernetes,
    service,
    service_settings,
    services,
    waited_for,
)
from tests.components.serving.ollama.test_service import POOLS
from tests.harness import Deployment, deploy

PRICE = {"input_usd": 0.25, "output_usd": 1}
BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"


def behind(**changes: Any) -> Deployment:
    """A vLLM service on a platform with a gateway."""
    made = services(("chat", service_settings(**changes)), gateway=GATEWAY)
    assert made.error is None, made.error
    return made


@cache
def ollama(*, gateway: bool) -> Deployment:
    settings = OllamaSettings(model="llama3.1:8b", pool="cpu")
    changes = {"gateway": GATEWAY} if gateway else {}

    def program() -> None:
        one = {"llama": settings}
        shared = context(pools=pool_facts(POOLS, one), services=one, ready=(waited_for(),), **changes)
        OllamaService("llama", OllamaServiceArgs(service=settings, context=shared), on_kubernetes())

    return deploy(program)


def test_its_service_has_what_the_gateway_reads() -> None:
    metadata = behind(price=PRICE).one("kubernetes:core/v1:Service").inputs["metadata"]
    labels = {key: value for key, value in metadata["labels"].items() if key.startswith("llm-platform/")}
    assert labels == {
        "llm-platform/stack": "dev",
        "llm-platform/owner": "ml-platform",
        "llm-platform/model": "chat",
        "llm-platform/team": "ml-platform",
        "llm-platform/kind": "vllm",
    }
    annotations = dict(metadata["annotations"])
    assert int(annotations.pop("llm-platform/start-seconds")) > 60
    assert annotations == {
        "llm-platform/key-secret": "chat-keys/api_key",
        "llm-platform/price-input-usd": "0.25",
        "llm-platform/price-output-usd": "1",
        "llm-platform/replicas": "1",
    }


def test_without_a_load_balancer_it_is_a_name_of_the_cluster_that_only_gateway_and_scrapes_reach() -> None:
    made = behind()
    assert made.one("kubernetes:core/v1:Service").inputs["spec"]["type"] == "ClusterIP"
    (rule,) = made.one("NetworkPolicy").inputs["spec"]["ingress"]
    names = [one["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for one in rule["from"]]
    assert names == ["llm-gateway", "monitoring"]
    outputs = made.outputs[made.one("VllmService").urn]
    assert outputs["url"] == "http://chat.llm.svc.cluster.local"
    assert "port-forward service/chat" in outputs["command"]


def test_its_own_load_balancer_stays_where_it_is_wanted() -> None:
    made = behind(endpoint={"own": True})
    spec = made.one("kubernetes:core/v1:Service").inputs
    assert spec["spec"]["type"] == "LoadBalancer"
    assert f"{BALANCER}scheme" in spec["metadata"]["annotations"]
    assert "llm-platform/key-secret" in spec["metadata"]["annotations"]
    (rule,) = made.one("NetworkPolicy").inputs["spec"]["ingress"]
    assert [next(iter(one)) for one in rule["from"]] == ["ipBlock", "ipBlock", "namespaceSelector", "namespaceSelector"]


@pytest.mark.parametrize(
    ("changes", "names"),
    [({}, ["chat", "dev/chat"]), ({"served_model_name": "gpt"}, ["gpt", "chat", "dev/chat"])],
)
def test_the_engine_answers_to_its_public_names_and_counts_every_stream(
    changes: dict[str, Any], names: list[str]
) -> None:
    args = container(behind(**changes))["args"]
    start = args.index("--served-model-name") + 1
    assert args[start : start + len(names)] == names
    assert args[start + len(names)].startswith("--")
    assert args.count("--enable-force-include-usage") == 1


def test_an_image_without_the_option_does_not_get_it() -> None:
    old = container(behind(image="vllm/vllm-openai:v0.8.5"))["args"]
    assert "--enable-force-include-usage" not in old
    once = container(behind(args={"enable-force-include-usage": True}))["args"]
    assert once.count("--enable-force-include-usage") == 1


def test_without_a_gateway_everything_is_as_it_was() -> None:
    made = service()
    args = container(made)["args"]
    assert "--served-model-name=chat" in args
    assert "--enable-force-include-usage" not in args
    metadata = made.one("kubernetes:core/v1:Service").inputs["metadata"]
    assert not {"llm-platform/model", "llm-platform/kind", "llm-platform/team"} & set(metadata["labels"])
    assert all(key.startswith(BALANCER) for key in metadata["annotations"])
    assert [one["name"] for one in pod(ollama(gateway=False))["initContainers"]] == ["model"]


def pod(run: Deployment) -> dict[str, Any]:
    return dict(run.one("StatefulSet").inputs["spec"]["template"]["spec"])


def test_ollama_has_its_model_under_the_names_too() -> None:
    run = ollama(gateway=True)
    fill, names = pod(run)["initContainers"]
    found = {one["name"]: one["value"] for one in names["env"]}
    assert (fill["name"], names["name"]) == ("model", "names")
    assert found["NAMES"].split() == ["llama", "dev/llama"]
    assert (found["MODEL"], found["TARGET"]) == ("llama3.1:8b", "/models")
    scripts = run.one("ConfigMap", "llama-script").inputs["data"]
    assert set(scripts) == {"ollama_model.py", "ollama_names.py"}
    assert names["command"] == ["python3", "/etc/llm-platform/ollama_names.py"]
    annotations = run.one("kubernetes:core/v1:Service").inputs["metadata"]["annotations"]
    assert "llm-platform/key-secret" not in annotations
    assert annotations["llm-platform/parallel"] == "4", "rules have no other figure of how many requests wait"


def test_the_gateway_gets_the_keys_of_a_namespaces_engines_by_name() -> None:
    made = namespace(gateway=GATEWAY, key_secrets=["chat-keys", "qwen-keys"])
    role = made.one("kubernetes:rbac.authorization.k8s.io/v1:Role").inputs
    assert role["metadata"]["namespace"] == "llm"
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["chat-keys", "qwen-keys"], "verbs": ["get"]}
    ]
    binding = made.one("RoleBinding").inputs
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "gateway", "namespace": "llm-gateway"}]
    assert made.one("Namespace").inputs["metadata"]["labels"]["llm-platform/gateway"] == "enabled"


def test_a_namespace_without_keys_or_without_a_gateway_has_no_role() -> None:
    assert not namespace(gateway=GATEWAY).of_type("Role")
    without = namespace(key_secrets=["chat-keys"])
    assert not without.of_type("Role")
    assert "llm-platform/gateway" not in without.one("Namespace").inputs["metadata"]["labels"]


def test_a_consent_to_response_logs_reaches_the_gateway() -> None:
    consent = {"consent": "owner, T-1", "tenants": ["search"], "redact": [r"\d+"]}
    annotations = behind(response_logs=consent).one("kubernetes:core/v1:Service").inputs["metadata"]["annotations"]
    found = ResponseLogs.of(json.loads(annotations[labels.RESPONSE_LOGS]))
    assert (found.consent, found.tenants, found.redact) == ("owner, T-1", {"search"}, (r"\d+",))
    assert labels.RESPONSE_LOGS == names.RESPONSE_LOGS_ANNOTATION
