"""The platform's own stacks under every rule, with the settings they are deployed with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2 as pb
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from guardrails import RULES, policies
from tests.committed_stacks import STACKS, TOKEN, deployed, reachable_cluster
from tests.harness import PROJECT, Deployment, Registration, deploy_stack, stack_config
from tests.policies.judging import struct

pytestmark = pytest.mark.thorough

CONFIG = Path(__file__).parents[2] / "policies" / "config"


def settings_of(stack: str) -> Mapping[str, Any]:
    """Team stacks take those of the platform stack they stand on."""
    own = CONFIG / f"{stack}.json"
    content: Mapping[str, Any] = json.loads((own if own.exists() else CONFIG / "dev.json").read_text())
    return content


def judged(deployment: Deployment, settings: Mapping[str, Any]) -> list[Any]:
    server: Any = _PolicyAnalyzerServicer("llm-platform", "0", policies(), EnforcementLevel.MANDATORY)
    request = pb.ConfigureAnalyzerRequest()
    for rule in RULES:
        given = settings.get(rule.id, {})
        given = {"enforcementLevel": given} if isinstance(given, str) else dict(given)
        level = given.pop("enforcementLevel", rule.level.value)
        request.policyConfig[rule.id].enforcementLevel = pb.EnforcementLevel.Value(level.upper())
        request.policyConfig[rule.id].properties.update({**rule.defaults(), **given})
    server.Configure(request, None)
    found = []
    by_urn = {one.urn: one for one in deployment.registrations}
    for one in deployment.registrations:
        response = server.Analyze(
            pb.AnalyzeRequest(
                type=one.type,
                name=one.name,
                urn=one.urn,
                properties=struct(one.inputs),
                options=pb.AnalyzerResourceOptions(protect=one.protect, parent=one.parent),
                provider=_provider(by_urn.get(one.provider.rpartition("::")[0])),
            ),
            None,
        )
        found += [(one.name, item) for item in response.diagnostics]
    resources = [
        pb.AnalyzerResource(
            type=one.type,
            name=one.name,
            urn=one.urn,
            properties=struct(one.inputs),
            options=pb.AnalyzerResourceOptions(protect=one.protect),
            parent=one.parent,
            dependencies=sorted(one.depends_on),
            propertyDependencies={
                key: pb.AnalyzerPropertyDependencies(urns=sorted(urns)) for key, urns in one.property_depends_on.items()
            },
        )
        for one in deployment.registrations
    ]
    found += [
        ("stack", item) for item in server.AnalyzeStack(pb.AnalyzeStackRequest(resources=resources), None).diagnostics
    ]
    return found


def _provider(one: Registration | None) -> Any:
    if one is None:
        return None
    return pb.AnalyzerProviderResource(type=one.type, name=one.name, urn=one.urn, properties=struct(one.inputs))


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_passes_without_exemption(stack: str) -> None:
    found = judged(deployed(stack), settings_of(stack))
    assert [
        (name, item.policyName, item.message) for name, item in found if item.enforcementLevel == pb.MANDATORY
    ] == []


@pytest.mark.parametrize("stack", STACKS)
def test_all_that_is_remarked_is_known(stack: str) -> None:
    """Tags instead of digests are the operator's choice: an image's tag says its version, mirrors pin digests.

    The list of exemptions is not a finding on the stack.
    """
    remarks = {item.policyName for _, item in judged(deployed(stack), settings_of(stack))}
    assert remarks - {"exemptions"} == {"image-digest"}


def _of_dev(key: str, **changes: object) -> dict[str, Any]:
    """A block of dev's settings with these changes."""
    block: Any = stack_config("dev")[f"{PROJECT}:{key}"]
    return {key: {**block, **changes}}


def _llama(**changes: object) -> dict[str, Any]:
    """The service of dev with these changes."""
    services: Any = stack_config("dev")[f"{PROJECT}:services"]
    return {"llama-3-8b": {**services["llama-3-8b"], **changes}}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:123456789012:{resource}"


_OFFICE_HOURS = {"start": "0 8 * * 1-5", "end": "0 19 * * 1-5", "timezone": "Europe/Berlin", "replicas": 2}
FURTHER: Mapping[str, Mapping[str, Any]] = {
    "autoscaled, measured, logged, in a zone": {
        "cluster": reachable_cluster("dev"),
        "gateway": {
            "domain": "llm.example.com",
            "zone_id": "Z0123456789ABCDEFGHIJ",
            "oidc": {"issuer": "https://login.example.com", "audiences": ["llm"]},
            "response_logs": {"consent": "DP-1", "auditors": ["arn:aws:iam::123456789012:role/llm-auditors"]},
        },
        "priorities": {"teams": ["low"]},
        "services": _llama(
            autoscale={"min": 1, "max": 3, "ttft_p95_seconds": 2, "schedule": [_OFFICE_HOURS]},
            benchmark=True,
            priority="high",
            price={"input_usd": 0.1, "output_usd": 0.4},
            response_logs={"consent": "ML-7", "tenants": ["search"]},
        ),
    },
    "compiled, cached images, private CA, managed Prometheus": {
        "cluster": reachable_cluster("dev") | {"karpenter": {"node_repair": True, "isolated_vpc": True}},
        "gateway": {
            "domain": "llm.example.com",
            "private_ca_arn": _arn("acm-pca", "certificate-authority/12345678-1234-1234-1234-123456789012"),
        },
        "images": {
            "pull_through": {
                "docker_hub": {"secret_arn": _arn("secretsmanager", "secret:ecr-pullthroughcache/hub-AbCdEf")},
                "ecr_public": True,
                "k8s": True,
            }
        },
        "monitoring": {
            "remote_write": {"create": True},
            "notify": {
                "emails": ["oncall@example.com"],
                "chat_webhook_secret_arn": _arn("secretsmanager", "secret:chat-AbCdEf"),
            },
        },
        **_of_dev("pools", cpu={"kind": "cpu", "instance_types": ["m6i.2xlarge"], "min": 0, "max": 3}),
        "services": {
            **_llama(image=f"vllm/vllm-openai:v0.32.0@sha256:{'0123456789abcdef' * 4}", compile_cache=True),
            "tiny": {"kind": "ollama", "model": "llama3.2:3b", "pool": "cpu"},
        },
    },
    "for the internet, KEDA for teams, weights mirrored, spot node group": {
        "cluster": reachable_cluster("dev")
        | {"keda": True, "node_repair": True, "session_manager": True, "default_storage_class": True}
        | {"volume_key": _arn("kms", "key/11111111-2222-3333-4444-555555555555")},
        "gateway": {
            "scheme": "internet-facing",
            "source_ranges": ["203.0.113.0/24"],
            "domain": "llm.example.com",
            "certificate_arn": _arn("acm", "certificate/12345678-1234-1234-1234-123456789012"),
        },
        **_of_dev("pools", g6={"kind": "gpu", "instance_types": ["g6.xlarge"], "capacity": "spot", "min": 0, "max": 2}),
        "services": _llama(
            endpoint={"own": True}, weights={"source": "bucket", "prefix": "weights/llama", "mirror": True}
        ),
    },
    "charts and images from mirrors": {
        "cluster": reachable_cluster("dev"),
        "charts": {"mirror": "oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/charts"},
        "images": {"mirror": "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror"},
    },
    "endpoint of its own for the internet, bounded roles, kinds of pools, addresses of one's own": {
        "assume_role": {"role_arn": "arn:aws:iam::123456789012:role/deploy"},
        "permissions_boundary": "arn:aws:iam::123456789012:policy/boundary",
        "protect": True,
        "priorities": {},
        "bucket": {
            "retain": True,
            "shared_prefixes": ["weights/shared"],
            "lifecycle": {"outputs": {"expire_days": 10}},
        },
        "cluster": reachable_cluster("dev")
        | {"support_type": "EXTENDED", "deletion_protection": True, "force_update_version": True}
        | {"karpenter": {"spot_to_spot_consolidation": True}},
        "network": {
            "cidr": "10.8.0.0/16",
            "zones": ["a", "b"],
            "nat": "per_zone",
            "interface_endpoints": ["ec2", "ecr.api", "ecr.dkr", "eks", "kms", "logs", "sqs", "ssm", "sts"],
            "public_cidrs": {"a": "10.8.0.0/24", "b": "10.8.1.0/24"},
            "node_cidrs": {"a": "10.8.16.0/20", "b": "10.8.32.0/20"},
            "control_cidrs": {"a": "10.8.2.0/27", "b": "10.8.2.32/27"},
        },
        "gateway": {"replicas": 3, "hold_seconds": 200, "limits": {"requests_per_second": 5}},
        "monitoring": {
            "size": "standard",
            "remote_write": {"workspace_arn": _arn("aps", "workspace/ws-12345678-1234-1234-1234-123456789012")},
        },
        **_of_dev(
            "pools",
            system={"kind": "system", "instance_types": ["m5.2xlarge"], "min": 2, "max": 4},
            cpu={"kind": "cpu", "instance_types": ["m6i.2xlarge"], "max": 3, "capacity": "spot", "zones": ["a"]},
            reserved={
                "kind": "gpu",
                "provisioner": "karpenter",
                "instance_types": ["g5.xlarge"],
                "capacity_types": ["reserved", "on_demand"],
                "capacity_reservations": ["cr-0123456789abcdef0"],
                "limits": {"gpus": 1},
                "team_gpus": 1,
            },
        ),
        "services": _llama(
            endpoint={
                "own": True,
                "scheme": "internet-facing",
                "source_ranges": ["203.0.113.0/24"],
                "eip_allocations": ["eipalloc-0123456789abcdef0", "eipalloc-0123456789abcdef1"],
            },
            startup_seconds=3000,
        ),
    },
    "private API, neither gateway nor monitoring, every path of vLLM, Ollama from the bucket": {
        "cluster": reachable_cluster("dev") | {"api_access": {"private": True, "from_cidrs": ["10.200.0.0/16"]}},
        "gateway": False,
        "monitoring": {"size": "none"},
        **_of_dev("pools", cpu={"kind": "cpu", "instance_types": ["m6i.2xlarge"], "max": 3}),
        "services": {
            **_llama(path_allow_list=False),
            "tiny": {
                "kind": "ollama",
                "model": "llama3.2:3b",
                "pool": "cpu",
                "weights": {"source": "bucket", "prefix": "weights/tiny", "mirror": True},
                "endpoint": {"own": True},
            },
        },
    },
}
"""Settings of the parts that no committed stack has."""


@pytest.mark.parametrize("parts", FURTHER)
def test_a_stack_with_further_parts_passes_without_exemption(parts: str) -> None:
    made = deploy_stack("dev", secrets=TOKEN, **FURTHER[parts])
    assert made.error is None, made.error
    found = judged(made, settings_of("dev"))
    assert [
        (name, item.policyName, item.message) for name, item in found if item.enforcementLevel == pb.MANDATORY
    ] == []


def test_a_stack_with_grafana_passes_too() -> None:
    """No committed stack has it: its issuer and client are the operator's."""
    region = stack_config("dev")[f"{PROJECT}:region"]
    arn = f"arn:aws:secretsmanager:{region}:123456789012:secret:grafana-AbCdEf"
    oidc = {
        "issuer": "https://id.example.com/",
        "client_id": "g",
        "client_secret_arn": arn.replace("us-west-2", region),
    }
    monitoring = {"grafana": {"oidc": oidc}, "runbooks_url": "https://example.com/runbooks"}
    made = deploy_stack("dev", secrets=TOKEN, cluster=reachable_cluster("dev"), monitoring=monitoring)
    assert made.error is None, made.error
    found = judged(made, settings_of("dev"))
    of_grafana = {(name, item.policyName) for name, item in found if "grafana" in name}
    assert {name for name, _ in of_grafana} <= {"grafana"}
    assert {policy for _, policy in of_grafana} <= {"image-digest"}
    alarms = [one.inputs["alarmDescription"] for one in made.of_type("MetricAlarm")]
    assert alarms
    assert all("Runbook: https://example.com/runbooks/cloudwatch.md#" in one for one in alarms)
    rules = made.one("ConfigMap", "prometheus-config").inputs["data"]["rules.yml"]
    assert "runbook_url: https://example.com/runbooks/LlmNoReplica.md" in rules
    assert "docs/runbooks" not in rules
