import ipaddress
from pathlib import Path

from rehearsal.controlplane import flags
from rehearsal.controlplane.pki import Pki
from rehearsal.sandbox import Ports, Sandbox

PORTS = Ports(moto=1001, apiserver=1002, etcd_client=1003, etcd_peer=1004, controllers=1005, scheduler=1006, nodes=1007)
SANDBOX = Sandbox(root=Path("/w"), name="t", ports=PORTS)


def line(role: str) -> list[str]:
    return flags.arguments(role, SANDBOX, Pki(Path("/w/kubernetes/pki")))


def test_each_role_serves_on_loopback_at_its_own_port() -> None:
    for role, port in (("apiserver", 1002), ("controllers", 1005), ("scheduler", 1006)):
        assert f"--secure-port={port}" in line(role)
        assert "--bind-address=127.0.0.1" in line(role)


def test_etcd_gets_its_flags_before_the_separator() -> None:
    arguments = line("apiserver")
    before = arguments[: arguments.index("--")]
    assert before == [
        "apiserver",
        "--etcd-dir=/w/kubernetes/etcd",
        "--etcd-client-port=1003",
        "--etcd-peer-port=1004",
    ]


def test_admission_and_the_controllers_that_decide_about_pods_stay_on() -> None:
    assert not [flag for flag in line("apiserver") if "admission-plugins" in flag]
    (controllers,) = [flag for flag in line("controllers") if flag.startswith("--controllers=")]
    for name in ("disruption", "node-lifecycle", "taint-eviction", "garbage-collector", "namespace", "job"):
        assert f"-{name}-controller" not in controllers.split(",")


def test_aggregated_servers_learn_who_asks() -> None:
    arguments = line("apiserver")
    assert "--requestheader-allowed-names=front-proxy-client" in arguments
    assert "--requestheader-group-headers=X-Remote-Group" in arguments
    assert "--proxy-client-cert-file=/w/kubernetes/pki/front-proxy-client.crt" in arguments


def test_service_addresses_can_be_bound_where_pods_are_on_loopback() -> None:
    (flag,) = [flag for flag in line("apiserver") if flag.startswith("--service-cluster-ip-range=")]
    assert ipaddress.ip_network(flag.partition("=")[2]).subnet_of(ipaddress.ip_network("127.240.0.0/12"))
