"""A first preview knows no more than with Pulumi's own components, and the guardrails pass it."""

import pytest

from rehearsal.plugins.wire import UNKNOWN_TEXT


@pytest.fixture(scope="module")
def previewed(stack):
    return stack("dev").run("preview").check()


def inputs(result, tail: str) -> list[dict]:
    found = [event["resourcePreEvent"]["metadata"] for event in result.events if "resourcePreEvent" in event]
    return [one["new"]["inputs"] for one in found if one["urn"].rsplit("::", 1)[0].endswith(tail)]


@pytest.mark.parametrize(
    ("tail", "names"),
    [
        ("awsx:ec2:Vpc$aws:ec2/vpc:Vpc$aws:ec2/subnet:Subnet", ["ipv6CidrBlock"]),
        ("eks:index:Addon$aws:eks/addon:Addon", ["clusterName"]),
        ("aws:eks/cluster:Cluster", ["encryptionConfig"]),
        ("aws:eks/nodeGroup:NodeGroup", ["clusterName", "subnetIds"]),
    ],
)
def test_what_the_components_cannot_know_yet_is_unknown(previewed, tail, names):
    found = inputs(previewed, tail)
    assert found
    for given in found:
        assert {name: given.get(name) for name in names} == dict.fromkeys(names, UNKNOWN_TEXT)


def test_the_guardrails_pass_it(previewed):
    broken = [event["policyEvent"] for event in previewed.events if "policyEvent" in event]
    assert not [event for event in broken if event["enforcementLevel"] == "mandatory"]
