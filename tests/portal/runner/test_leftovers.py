"""The search after a destroy: of the stack's region and account, without what goes on, and never an error."""

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from portal.runner import leftovers, reading
from portal.runner.protocol import Run, RunKind, RunnerError
from portal.runner.workspace import Workspace
from tests.portal.fakes import FACTS

TAGS = [{"Key": "project", "Value": "llm-platform"}, {"Key": "stack", "Value": "dev-search"}]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(reading, "exports", lambda *_, **__: {"platform": FACTS})
    with mock_aws():
        yield boto3.client("iam")


def run(**services: Any) -> Run:
    config = {"platform": "dev", "services": services}
    kind = RunKind.UP if services else RunKind.DESTROY
    return Run(id="j-1", kind=kind, stack="dev-search", platform="dev", config=config, removes="qwen")


def test_a_role_of_the_stack_is_left(aws: Any, workspace: Workspace):
    aws.create_role(RoleName="qwen-1", AssumeRolePolicyDocument="{}", Tags=TAGS)
    aws.create_role(RoleName="of-another", AssumeRolePolicyDocument="{}", Tags=[TAGS[0]])
    found = leftovers.look(run(), workspace, {})
    assert [one["id"] for one in found.resources] == ["qwen-1"]
    assert found.resources[0]["command"] == "aws iam delete-role --role-name qwen-1"
    assert (found.problem, found.unchecked, found.usd_per_month) == (None, [], 0.0)


def test_what_is_in_the_state_of_a_stack_that_goes_on_is_not_left(aws: Any, workspace: Workspace):
    for name in ("qwen-1", "stays-1"):
        aws.create_role(RoleName=name, AssumeRolePolicyDocument="{}", Tags=TAGS)
    state = {
        "resources": [{"id": "stays-1", "outputs": {"arn": "arn:aws:iam::123456789012:role/stays-1"}}, {"urn": "u"}]
    }
    assert [one["id"] for one in leftovers.look(run(stays={}), workspace, state).resources] == ["qwen-1"]


def test_load_balancers_of_services_that_go_on_are_not_left(aws: Any, workspace: Workspace):
    ec2, balancers = (boto3.client(name, region_name="us-east-1") for name in ("ec2", "elbv2"))
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    for name in ("qwen", "stays"):
        made_for = {"Key": "service.k8s.aws/stack", "Value": f"dev-search/{name}"}
        balancers.create_load_balancer(Name=f"lb-{name}", Type="network", Subnets=[subnet], Tags=[*TAGS, made_for])
    found = leftovers.look(run(stays={}), workspace, {})
    assert [(one["id"], one["usd_per_month"]) for one in found.resources] == [("lb-qwen", pytest.approx(16.425))]
    assert found.resources[0]["detail"].endswith("of Service dev-search/qwen")


def test_what_cannot_be_asked_is_a_problem_and_no_error(
    aws: Any, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    def unreadable(*_: Any, **__: Any) -> Any:
        raise RunnerError("no backend")

    monkeypatch.setattr(reading, "exports", lambda *_, **__: {"platform": {**FACTS, "account": "210987654321"}})
    assert "of account 123456789012, the platform is in 210987654321" in str(
        leftovers.look(run(), workspace, {}).problem
    )
    monkeypatch.setattr(reading, "exports", lambda *_, **__: {"platform": "no facts"})
    assert "platform dev, which names the region, cannot be read" in str(leftovers.look(run(), workspace, {}).problem)
    monkeypatch.setattr(reading, "exports", unreadable)
    assert "cannot be read" in str(leftovers.look(run(), workspace, {}).problem)


def test_an_answer_that_does_not_come_ends_the_search(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    ended = threading.Event()
    monkeypatch.setattr(leftovers, "_search", lambda *_: ended.wait(60))
    found = leftovers.look(run(), workspace, {}, seconds=0.05)
    ended.set()
    assert found.problem == "AWS did not answer everything in 0 s"


def test_whatever_goes_wrong_is_a_problem(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any) -> Any:
        raise KeyError("TagSet")

    monkeypatch.setattr(leftovers, "_search", broken)
    assert leftovers.look(run(), workspace, {}).problem == "KeyError: 'TagSet'"
