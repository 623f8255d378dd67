"""Instances with the tag of a NodePool become machines when they have booted."""

import asyncio
import base64

import pytest

from rehearsal.nodes import boot
from rehearsal.nodes.aws import Subnet
from rehearsal.nodes.ec2_instances import Instance
from rehearsal.nodes.instances import LaunchedInstances

NODE_CONFIG = """apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster: {name: llm}
  kubelet:
    config:
      registerWithTaints: [{key: karpenter.sh/unregistered, effect: NoExecute}]
    flags: ['--node-labels="karpenter.sh/nodepool=g5"']
"""


def instance(ident="i-1", user_data=NODE_CONFIG):
    return Instance(
        id=ident,
        region="us-east-1",
        type="g5.xlarge",
        subnet=Subnet(id="subnet-1", cidr="10.0.2.0/24", zone="us-east-1a"),
        address="10.0.2.254",
        spot=True,
        disk_gib=200,
        version="1.35",
        user_data=base64.b64encode(user_data.encode()).decode(),
        tags={"karpenter.sh/nodepool": "g5", "llm:team": "a"},
    )


class Ec2:
    def __init__(self, *found):
        self.found = list(found)

    async def running(self):
        return self.found


def source(ec2):
    made = LaunchedInstances(None)
    made._instances = ec2
    return made


def machines(made, present=()):
    return [one.build(one.address) for one in asyncio.run(made.wanted(present))]


def test_a_machine_is_what_ec2_and_user_data_say(monkeypatch):
    monkeypatch.setenv(boot.VARIABLE, "0")
    made = source(Ec2(instance()))
    machines(made)
    (machine,) = machines(made)
    assert (machine.key, machine.instance_id, machine.name) == ("i-1", "i-1", "ip-10-0-2-254.ec2.internal")
    assert (machine.pool, machine.group, machine.cluster, machine.gpus) == ("g5", "", "llm", 1)
    node = machine.node()
    assert node["spec"]["providerID"] == "aws:///us-east-1a/i-1"
    assert node["spec"]["taints"] == [{"key": "karpenter.sh/unregistered", "effect": "NoExecute"}]
    labels = node["metadata"]["labels"]
    assert labels["karpenter.sh/nodepool"] == "g5"
    assert not any(label.startswith("eks.amazonaws.com/") for label in labels)


def test_it_boots_first_and_a_known_one_does_not_boot_again(monkeypatch):
    monkeypatch.setenv(boot.VARIABLE, "60")
    made = source(Ec2(instance()))
    assert machines(made) == []
    monkeypatch.setenv(boot.VARIABLE, "0")
    machines(made)
    (known,) = machines(made)
    monkeypatch.setenv(boot.VARIABLE, "60")
    assert machines(source(Ec2(instance())), [known]) == [known]


def test_user_data_that_no_node_could_read_makes_no_machine(monkeypatch, caplog):
    monkeypatch.setenv(boot.VARIABLE, "0")
    made = source(Ec2(instance(user_data="a: ["), instance("i-2")))
    machines(made)
    assert [machine.key for machine in machines(made)] == ["i-2"]
    assert caplog.text.count("i-1 does not become a node") == 1


@pytest.mark.parametrize(("value", "seconds"), [("", boot.BOOT_SECONDS), ("7.5", 7.5)])
def test_boot_seconds(monkeypatch, value, seconds):
    monkeypatch.setenv(boot.VARIABLE, value)
    assert boot.boot_seconds() == seconds
