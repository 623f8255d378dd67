"""Killed creations are found again, and nothing is made twice."""

import pytest

from rehearsal.aws.client import AwsError
from rehearsal.aws.ledger import Ledger
from rehearsal.aws.provider import AwsProvider

from .conftest import Stack


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "ledger.sqlite")


def test_an_open_attempt_comes_back_and_a_confirmed_one_does_not(ledger):
    first = ledger.next("urn")
    ledger.open(first, {"a": 1})
    assert ledger.next("urn").token == first.token
    assert ledger.next("urn").suffix == first.suffix
    assert ledger.next("urn").inputs == {"a": 1}
    ledger.made(first, "vpc-1")
    ledger.confirm("urn", "vpc-0")  # the one that is being replaced
    assert ledger.next("urn").token == first.token
    ledger.confirm("urn", "vpc-1")
    assert ledger.next("urn").token != first.token
    assert ledger.next("urn").suffix != first.suffix


def vpcs(stack):
    return stack.provider._aws.call("ec2", "us-east-1", "describe_vpcs", {})["Vpcs"]


def again(sandbox):
    provider = AwsProvider(sandbox)
    provider.configure({"region": "us-east-1"})
    return Stack(provider)


def test_a_create_whose_answer_was_lost_is_found(sandbox):
    stack = again(sandbox)
    before = len(vpcs(stack))
    lost = stack.create("aws:ec2/vpc:Vpc", "lost", cidrBlock="10.5.0.0/16", enableDnsHostnames=True)
    found = again(sandbox).create("aws:ec2/vpc:Vpc", "lost", cidrBlock="10.5.0.0/16", enableDnsHostnames=True)
    assert found.id == lost.id
    assert len(vpcs(stack)) == before + 1
    found.delete()


def test_an_orphan_of_other_inputs_is_removed(sandbox):
    stack = again(sandbox)
    before = len(vpcs(stack))
    lost = stack.create("aws:ec2/vpc:Vpc", "orphan", cidrBlock="10.5.0.0/16")
    made = again(sandbox).create("aws:ec2/vpc:Vpc", "orphan", cidrBlock="10.6.0.0/16")
    assert made.id != lost.id
    assert len(vpcs(stack)) == before + 1
    made.delete()
    assert len(vpcs(stack)) == before


@pytest.mark.parametrize("calls", range(1, 5))
def test_killed_after_any_call_of_a_creation(sandbox, monkeypatch, calls):
    """A role takes four calls; the plugin dies after each of them in turn."""
    inputs = {
        "assumeRolePolicy": '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}',
        "managedPolicyArns": ["arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"],
        "inlinePolicies": [
            {
                "name": "in",
                "policy": '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}',
            }
        ],
    }
    stack = again(sandbox)
    done = []
    real = stack.provider._aws.call

    class KilledError(BaseException):
        """Not an error that anybody could handle."""

    def call(*arguments):
        answer = real(*arguments)
        done.append(arguments[2])
        if len(done) == calls:
            raise KilledError
        return answer

    monkeypatch.setattr(stack.provider._aws, "call", call)
    name = f"killed-{calls}"
    with pytest.raises(KilledError):
        stack.create("aws:iam/role:Role", name, **inputs)
    fresh = again(sandbox)
    made = fresh.create("aws:iam/role:Role", name, **inputs)
    roles = fresh.provider._aws.call("iam", "us-east-1", "list_roles", {})["Roles"]
    assert [role["RoleName"] for role in roles if role["RoleName"].startswith(name)] == [made.id]
    attached = fresh.provider._aws.call("iam", "us-east-1", "list_attached_role_policies", {"RoleName": made.id})
    assert len(attached["AttachedPolicies"]) == 1
    made.delete()


def test_a_creation_refused_half_way_leaves_nothing(sandbox):
    stack = again(sandbox)
    trust = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}'
    with pytest.raises(AwsError, match="NoSuchEntity"):
        stack.create(
            "aws:iam/role:Role",
            "half",
            assumeRolePolicy=trust,
            managedPolicyArns=["arn:aws:iam::aws:policy/NoSuchPolicy"],
        )
    roles = stack.provider._aws.call("iam", "us-east-1", "list_roles", {})["Roles"]
    assert not [role for role in roles if role["RoleName"].startswith("half")]
