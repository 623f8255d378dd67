"""What the cluster's DNS answers."""

from typing import Any

import pytest
from dnslib import QTYPE, RCODE, DNSQuestion, DNSRecord

from rehearsal.nodes.names import Names
from tests.rehearsal.nodes.objects import Object, endpoint_slice, service


class Stored(dict[tuple[str, str], Object]):
    """Objects by namespace and name."""

    def get(self, namespace: str, name: str) -> Object | None:  # type: ignore[override]
        return dict.get(self, (namespace, name))


def named(slices: list[Object] = [], **specs: Any) -> Names:  # noqa: B006 - nothing changes it
    services = Stored({("llm", name): made for name, made in specs.items()})
    address = [{"type": "InternalIP", "address": "10.0.2.4"}]
    nodes = Stored({("", "ip-10-0-2-4.ec2.internal"): {"status": {"addresses": address}}})
    return Names(services, slices, nodes)  # type: ignore[arg-type]


def asked(names: Names, name: str, kind: str = "A") -> tuple[str, list[str]]:
    """Response code and records, after a whole round through a packet."""
    query = DNSRecord(q=DNSQuestion(name, getattr(QTYPE, kind)))
    reply = DNSRecord.parse(names.reply(bytes(query.pack())))
    assert reply.header.id == query.header.id
    return RCODE[reply.header.rcode], [str(record.rdata) for record in reply.rr]


def test_a_service_has_its_cluster_ip_and_no_ipv6_address() -> None:
    names = named(web=service("web", "172.20.9.9", 80))
    assert asked(names, "web.llm.svc.cluster.local") == ("NOERROR", ["172.20.9.9"])
    assert asked(names, "WEB.llm.svc.CLUSTER.local") == ("NOERROR", ["172.20.9.9"])
    assert asked(names, "web.llm.svc.cluster.local", "AAAA") == ("NOERROR", [])


@pytest.mark.parametrize(
    "name", ["web.other.svc.cluster.local", "x.web.llm.svc.cluster.local", "llm.svc.cluster.local"]
)
def test_what_does_not_exist_in_the_cluster_is_unknown(name: str) -> None:
    assert asked(named(web=service("web", "172.20.9.9", 80)), name) == ("NXDOMAIN", [])


def test_outside_names_are_refused_at_once() -> None:
    assert asked(named(), "sts.us-east-1.amazonaws.com") == ("REFUSED", [])


def test_a_headless_service_has_its_ready_pods_and_each_by_its_hostname() -> None:
    ready, waiting = endpoint_slice("db", ["10.0.2.7"], 80), endpoint_slice("db", ["10.0.2.8"], 80, ready=False)
    ready["endpoints"][0]["hostname"] = "db-0"
    waiting["endpoints"][0]["hostname"] = "db-1"
    names = named([ready, waiting], db=service("db", "None", 80))
    assert asked(names, "db.llm.svc.cluster.local") == ("NOERROR", ["10.0.2.7"])
    assert asked(names, "db-0.db.llm.svc.cluster.local") == ("NOERROR", ["10.0.2.7"])
    assert asked(names, "db-1.db.llm.svc.cluster.local") == ("NXDOMAIN", [])
    every = named([ready, waiting], db=service("db", "None", 80, publishNotReadyAddresses=True))
    assert asked(every, "db-1.db.llm.svc.cluster.local") == ("NOERROR", ["10.0.2.8"])


def test_a_named_port_has_a_service_record() -> None:
    names = named(web=service("web", "172.20.9.9", 80))
    code, (record,) = asked(names, "_p0._tcp.web.llm.svc.cluster.local", "SRV")
    assert (code, record.split()[2:]) == ("NOERROR", ["80", "web.llm.svc.cluster.local."])
    assert asked(names, "_no._tcp.web.llm.svc.cluster.local", "SRV") == ("NXDOMAIN", [])


def test_an_external_name_is_an_alias() -> None:
    names = named(out={"metadata": {}, "spec": {"type": "ExternalName", "externalName": "db.example.org"}})
    assert asked(names, "out.llm.svc.cluster.local") == ("NOERROR", ["db.example.org."])


def test_nodes_have_names_as_in_the_vpc() -> None:
    assert asked(named(), "ip-10-0-2-4.ec2.internal") == ("NOERROR", ["10.0.2.4"])
