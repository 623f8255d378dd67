"""What a sandbox keeps for itself on its network."""

import ipaddress
from pathlib import Path

import pytest

from rehearsal.network import addresses
from rehearsal.sandbox import Ports, Sandbox

PORTS = Ports(moto=1001, apiserver=1002, etcd_client=1003, etcd_peer=1004, controllers=1005, scheduler=1006, nodes=1007)


def sandbox(network: str, root: str = "/w") -> Sandbox:
    return Sandbox(root=Path(root), name="t", ports=PORTS, network=network)


def test_with_namespaces_the_range_is_that_of_eks() -> None:
    made = sandbox("namespaces")
    assert str(addresses.services(made)) == "172.20.0.0/16"
    assert addresses.dns(made) == "172.20.0.10"
    assert addresses.apiserver_for_pods(made) == ("172.20.0.1", 443)
    assert addresses.aws_for_pods(made) == "http://192.0.2.1:1001"


@pytest.mark.parametrize("root", [f"/w/{number}" for number in range(20)])
def test_on_loopback_services_never_meet_pods(root: str) -> None:
    made = sandbox("loopback", root)
    pods = ipaddress.ip_network(f"{made.loopback_prefix}.0/24")
    assert not addresses.services(made).overlaps(pods)
    assert addresses.services(made).is_loopback
    assert addresses.apiserver_for_pods(made) == ("127.0.0.1", 1002)
    assert addresses.aws_for_pods(made) == made.aws_url


def test_two_sandboxes_on_loopback_have_different_ranges() -> None:
    ranges = {addresses.services(sandbox("loopback", f"/w/{number}")) for number in range(20)}
    assert len(ranges) > 15
