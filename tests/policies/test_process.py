"""The pack's own process, over gRPC, as the engine's language host starts it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2 as pb
from pulumi.runtime.proto import analyzer_pb2_grpc

from guardrails import RULES
from tests.policies.examples.table import EXAMPLES
from tests.policies.judging import Given, resource_request, secret, stack_request, struct

pytestmark = pytest.mark.thorough

PACK = Path(__file__).parents[2] / "policies"
SETTINGS = {
    "PULUMI_PROJECT": "p",
    "PULUMI_STACK": "dev",
    "PULUMI_ORGANIZATION": "organization",
    "PULUMI_DRY_RUN": "true",
}
FAMILIES = {"public-node", "iam-wildcard", "iam-managed", "iam-trust", "eks-endpoint", "node-ingress", "pod-security"}


@contextmanager
def running(**environment: str) -> Iterator[Any]:
    """A stub for the running pack, configured as the engine configures it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)],
        cwd=PACK,
        env={**os.environ, **SETTINGS, "PYTHONWARNINGS": "ignore", **environment},
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    try:
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.ConfigureStack(pb.AnalyzerStackConfigureRequest(stack="dev", project="p", dry_run=True, tags={}))
            configure(stub)
            yield stub
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def configure(stub: Any, settings: Mapping[str, Mapping[str, Any]] | None = None) -> None:
    """Every rule at its own level, with the settings that ``settings`` has by rule; the SDK fills in the defaults."""
    request = pb.ConfigureAnalyzerRequest()
    for policy in stub.GetAnalyzerInfo(Empty()).policies:
        request.policyConfig[policy.name].enforcementLevel = policy.enforcementLevel
        request.policyConfig[policy.name].properties.update(dict((settings or {}).get(policy.name, {})))
    stub.Configure(request)


@pytest.fixture(scope="module")
def pack() -> Iterator[Any]:
    with running() as stub:
        yield stub


def test_it_tells_of_every_rule_with_its_family(pack: Any) -> None:
    told = {policy.name: policy for policy in pack.GetAnalyzerInfo(Empty()).policies}
    assert set(told) == {rule.id for rule in RULES}
    assert {tag for policy in told.values() for tag in policy.tags} >= {f"family:{name}" for name in FAMILIES}
    for rule in RULES:
        assert told[rule.id].enforcementLevel == pb.EnforcementLevel.Value(rule.level.name)
        assert told[rule.id].configSchema.properties.keys() == rule.settings.keys()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.id in EXAMPLES], ids=lambda rule: rule.id)
def test_the_first_failing_example_is_found(pack: Any, rule: Any) -> None:
    item = EXAMPLES[rule.id].fails[0]
    # The process is shared, so each example starts from settings of its own.
    configure(pack, {rule.id: item.config})
    responses = [pack.Analyze(resource_request(given, item.given)) for given in item.given]
    if rule.judge_stack is not None:
        responses.append(pack.AnalyzeStack(stack_request(item.given)))
    found = [one for response in responses for one in response.diagnostics if one.policyName == rule.id]
    assert [one.enforcementLevel for one in found] == [pb.EnforcementLevel.Value(rule.level.name)] * len(found)
    assert found


def test_the_budget_takes_the_own_prices_of_the_stack_s_settings() -> None:
    """As the engine hands them over: every setting as text, objects as JSON."""
    node = Given("aws:eks/nodeGroup:NodeGroup", {"instanceTypes": ["p5.48xlarge"], "scalingConfig": {"maxSize": 3.0}})
    settings = {"llm-platform:budget": json.dumps({"instance_usd_per_hour": {"p5.48xlarge": 20}})}
    for config, found in ((settings, 0), ({}, 1)):
        with running(PULUMI_CONFIG=json.dumps(config)) as stub:
            answer = stub.AnalyzeStack(stack_request((node,)))
        assert len([one for one in answer.diagnostics if one.policyName == "cost-budget"]) == found


def test_an_unknown_document_is_an_advisory_and_no_error(pack: Any) -> None:
    item = EXAMPLES["iam-star-action"].unknown[0]
    found = pack.Analyze(resource_request(item.given[0])).diagnostics
    assert "iam-star-action" in {one.policyName for one in found}
    assert {one.enforcementLevel for one in found} == {pb.ADVISORY}


def test_what_has_no_outputs_yet_is_judged_by_its_inputs(pack: Any) -> None:
    """The engine has no property of a Kubernetes object for the stack rules while the kubeconfig is unknown."""
    item = next(one for one in EXAMPLES["service-exposed"].fails if one.note == "no ranges")
    for given in item.given:
        pack.Analyze(resource_request(given, item.given))
    bare = tuple(replace(given, props={}) for given in item.given)
    found = [one for one in pack.AnalyzeStack(stack_request(bare)).diagnostics if one.policyName == "service-exposed"]
    assert [one.enforcementLevel for one in found] == [pb.MANDATORY]
    assert "without source ranges" in found[0].message


def test_what_was_never_seen_is_said_to_be_unknown(pack: Any) -> None:
    bare = Given("kubernetes:core/v1:Namespace", {}, "never-seen")
    found = [one for one in pack.AnalyzeStack(stack_request((bare,))).diagnostics if one.policyName == "netpol"]
    assert [one.enforcementLevel for one in found] == [pb.ADVISORY]
    assert "is unknown" in found[0].message


def test_it_does_not_start_beside_a_misspelt_file(tmp_path: Path) -> None:
    copy = tmp_path / "policies"
    shutil.copytree(PACK, copy)
    (copy / "config" / "dev.json").write_text('{"iam-star-actoin": "disabled"}')
    started = subprocess.run(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(copy)],
        cwd=copy,
        env={**os.environ, **SETTINGS, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    assert started.stdout == ""
    assert "dev.json: unknown rule 'iam-star-actoin': docs/policies.md lists them" in started.stderr


def test_a_secret_stays_secret(pack: Any) -> None:
    variable = {"name": "HF_TOKEN", "value": secret("hf_very_secret")}
    container = {"name": "c", "image": secret("very/secret"), "env": [variable]}
    body = {"spec": {"template": {"spec": {"containers": [container]}}}}
    request = pb.AnalyzeRequest(
        type="kubernetes:apps/v1:Deployment", name="d", urn="urn:pulumi:dev::p::t::d", properties=struct(body)
    )
    found = pack.Analyze(request).diagnostics
    assert "secret-env" in {one.policyName for one in found}
    assert not [one.message for one in found if "hf_very_secret" in one.message or "very/secret" in one.message]


def test_a_secret_document_stays_secret(pack: Any) -> None:
    statement = {"Sid": "Hidden1", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::hidden2", "*"]}
    body = {"policy": secret(json.dumps({"Statement": [statement]}))}
    request = pb.AnalyzeRequest(
        type="aws:iam/policy:Policy", name="d", urn="urn:pulumi:dev::p::t::d", properties=struct(body)
    )
    found = pack.Analyze(request).diagnostics
    assert "iam-service-wildcard" in {one.policyName for one in found}
    assert not [one.message for one in found if "hidden" in one.message.lower()]


def test_its_environment_is_the_project_s_own() -> None:
    """A virtualenv that is not there leaves the engine waiting: the file names the one that `make` builds."""
    runtime = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())["runtime"]
    assert runtime == {"name": "python", "options": {"virtualenv": "../.venv"}}
