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
from tests.harness import PROJECT, Deployment, Registration, deploy_stack, stack_config
from tests.policies.judging import struct
from tests.test_program import STACKS, TOKEN, deployed, reachable_cluster

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
