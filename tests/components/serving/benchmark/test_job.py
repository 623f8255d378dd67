"""The Job that measures a service."""

import json
from functools import cache

from components.serving.benchmark.client import client_digest
from components.serving.vllm.command import PORT
from tests.components.builders import document, service
from tests.harness import Deployment


@cache
def measured() -> Deployment:
    return service(benchmark=True)


def test_a_service_without_it_has_no_job() -> None:
    run = service()
    assert not [one for one in run.registrations if one.type.endswith(":Job")]
    (rule,) = run.one("NetworkPolicy", "chat").inputs["spec"]["ingress"]
    assert not [one for one in rule["from"] if "podSelector" in one]


def test_it_starts_when_the_service_is_ready_and_pulumi_does_not_wait_for_it() -> None:
    job = measured().one("Job", "chat-benchmark")
    assert measured().one("Deployment").urn in job.depends_on
    assert job.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert job.inputs["spec"]["backoffLimit"] == 0


def test_it_knows_the_service_its_key_and_the_bucket() -> None:
    pod = measured().one("Job", "chat-benchmark").inputs["spec"]["template"]["spec"]
    assert pod["nodeSelector"] == {"llm-platform/pool": "system"}
    (container,) = pod["containers"]
    assert container["command"] == ["python3", "/etc/llm-platform/benchmark.zip"]
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert (variables["HOST"], variables["PORT"]) == ("chat-benchmark.llm.svc.cluster.local", str(PORT))
    assert (variables["SERVICE"], variables["MODEL"], variables["BUCKET"]) == ("dev/chat", "chat", "models-1")
    assert json.loads(variables["SUBJECT"])["image"].startswith("vllm/vllm-openai:")
    assert json.loads(variables["PRICE"]) is None
    key = next(one for one in container["env"] if one["name"] == "API_KEY")
    assert key["valueFrom"]["secretKeyRef"] == {"name": "chat-keys", "key": "api_key"}


def test_it_writes_the_records_of_its_service_and_nothing_else() -> None:
    allowed = document(measured().one("RolePolicy", "chat-benchmark"))
    (written,) = allowed["WritePrefix"]["Resource"]
    assert str(written).endswith("models-1/outputs/benchmarks/dev/chat/*")
    assert {str(one) for one in allowed["ReadPrefix"]["Resource"]} == {str(written)}


def test_its_pods_reach_those_of_the_service_and_are_admitted() -> None:
    (rule,) = measured().one("NetworkPolicy", "chat").inputs["spec"]["ingress"]
    labels = measured().one("Job", "chat-benchmark").inputs["spec"]["template"]["metadata"]["labels"]
    assert {"podSelector": {"matchLabels": labels}} in rule["from"]
    policy = measured().one("NetworkPolicy", "chat-benchmark").inputs["spec"]
    selector = measured().one("Deployment").inputs["spec"]["selector"]["matchLabels"]
    assert {
        "to": [{"podSelector": {"matchLabels": selector}}],
        "ports": [{"port": PORT, "protocol": "TCP"}],
    } in policy["egress"]
    assert not selector.items() <= labels.items(), "requests of clients must not reach it"


def test_its_service_is_headless_and_no_gateway_finds_it() -> None:
    found = measured().one("Service", "chat-benchmark").inputs
    assert found["spec"]["clusterIP"] == "None"
    assert "llm-platform/model" not in found["metadata"]["labels"]


def test_it_runs_again_for_another_image_and_not_for_another_alert() -> None:
    def template(**changes: object) -> object:
        return service(benchmark=True, **changes).one("Job", "chat-benchmark").inputs["spec"]["template"]

    assert template() == template(startup_seconds=7200)
    assert template() != template(image="vllm/vllm-openai:v0.31.0")
    assert template() != template(replicas=2)


def test_the_client_is_named_by_its_files() -> None:
    made = measured().one("ConfigMap", f"chat-benchmark-{client_digest()}").inputs
    assert list(made["binaryData"]) == ["benchmark.zip"]
