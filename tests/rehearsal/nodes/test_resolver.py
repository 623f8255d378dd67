"""resolv.conf and hosts of a pod."""

from pathlib import Path
from typing import Any

import pytest

from rehearsal.nodes import resolver

DNS = "172.20.0.10"


def pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web-0", "namespace": "llm"}, "spec": spec}


def test_a_pod_searches_its_namespace_first() -> None:
    assert resolver.resolv_conf(pod(), DNS) == (
        "nameserver 172.20.0.10\nsearch llm.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
    )


@pytest.mark.parametrize("spec", [{"dnsPolicy": "Default"}, {"hostNetwork": True}])
def test_a_pod_with_the_nodes_resolver_searches_nothing(spec: dict[str, Any]) -> None:
    assert resolver.resolv_conf(pod(**spec), DNS) == "nameserver 172.20.0.10\n"


def test_cluster_first_with_host_network_is_as_for_any_pod() -> None:
    spec = {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    assert resolver.resolv_conf(pod(**spec), DNS) == resolver.resolv_conf(pod(), DNS)


def test_dns_config_is_added_and_alone_where_the_policy_is_none() -> None:
    config = {"nameservers": ["1.2.3.4"], "searches": ["x.org"], "options": [{"name": "ndots", "value": "2"}]}
    assert resolver.resolv_conf(pod(dnsPolicy="None", dnsConfig=config), DNS) == (
        "nameserver 1.2.3.4\nsearch x.org\noptions ndots:2\n"
    )
    both = resolver.resolv_conf(pod(dnsConfig=config), DNS).splitlines()
    assert both[:2] == ["nameserver 172.20.0.10", "nameserver 1.2.3.4"]
    assert both[2].endswith("cluster.local x.org")
    assert both[3] == "options ndots:2"


def test_hosts_names_the_pod_and_its_aliases(tmp_path: Path) -> None:
    made = pod(subdomain="peers", hostAliases=[{"ip": "10.0.0.9", "hostnames": ["db", "db.local"]}])
    assert resolver.hosts(made, "10.0.2.7").splitlines() == [
        "127.0.0.1\tlocalhost",
        "10.0.2.7\tweb-0.peers.llm.svc.cluster.local\tweb-0",
        "10.0.0.9\tdb db.local",
    ]
    files = resolver.write(pod(), tmp_path / "etc", address="10.0.2.7", dns=DNS)
    assert [target for target, _, _ in files] == ["/etc/resolv.conf", "/etc/hosts"]
    assert "10.0.2.7\tweb-0\n" in Path(files[1][1]).read_text()
