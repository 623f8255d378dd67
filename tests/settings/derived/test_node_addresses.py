import gzip
import json
from pathlib import Path

import moto

from planner.catalog.instances import instance_type, instance_types
from settings.derived.node_addresses import addresses_a_node, addresses_an_interface, most_addresses
from settings.models.network import NetworkSettings
from settings.models.pools import PoolFacts
from settings.validation.warnings import address_warnings


def test_addresses_are_those_that_ec2_describes():
    """As moto recorded DescribeInstanceTypes; types it lacks are not compared."""
    file = Path(moto.__file__).with_name("ec2") / "resources" / "instance_types.json.gz"
    described = json.loads(gzip.decompress(file.read_bytes()))
    wrong = {
        name: (addresses_an_interface(machine), known)
        for name, machine in instance_types().items()
        if (known := described.get(name, {}).get("NetworkInfo", {}).get("Ipv4AddressesPerInterface"))
        and known != addresses_an_interface(machine)
    }
    assert wrong == {}


def test_large_machines_take_more():
    assert addresses_a_node(instance_type("g5.2xlarge")) == 30
    assert addresses_a_node(instance_type("g6e.12xlarge")) == 60
    assert addresses_a_node(instance_type("p4d.24xlarge")) == 100


def pool(machine: str, nodes: int) -> PoolFacts:
    return PoolFacts(kind="gpu", instance_types=(machine,), gpus_per_node=1, desired=1, max=nodes, labels={}, taints=())


def test_subnets_that_hold_small_nodes_may_be_too_small_for_large_ones():
    network = NetworkSettings()  # two node subnets of /24: 502 addresses
    assert list(address_warnings(network, {"g5": pool("g5.2xlarge", 10)})) == []
    told = [str(one) for one in address_warnings(network, {"g6e": pool("g6e.12xlarge", 10)})]
    assert len(told) == 1
    assert "with about 600 for themselves and their pods" in told[0]


def facts(**changes: object) -> PoolFacts:
    usual = {"kind": "gpu", "gpus_per_node": 4, "desired": 1, "max": 5, "labels": {}, "taints": ()}
    return PoolFacts.model_validate({**usual, "instance_types": ("g5.xlarge", "g5.12xlarge"), **changes})


def test_a_node_group_may_run_as_many_of_its_largest_nodes_as_its_max() -> None:
    assert most_addresses(facts()) == 500


def test_limits_bound_the_nodes_of_karpenter() -> None:
    """Four of one GPU take more than one of four; one of the largest may come on top."""
    assert most_addresses(facts(provisioner="karpenter", limit_gpus=4)) == 4 * 30 + 100
    cpu = {
        "kind": "cpu",
        "provisioner": "karpenter",
        "instance_types": ("c6i.xlarge", "c6i.2xlarge"),
        "limit_vcpus": 16,
    }
    assert most_addresses(facts(**cpu)) == 4 * 30 + 30
