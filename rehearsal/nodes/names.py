"""Names of the cluster's Services and pods, as CoreDNS answers for them in `cluster.local`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dnslib import CNAME, QTYPE, RCODE, RR, SRV, A, DNSHeader, DNSQuestion, DNSRecord

from rehearsal.nodes.api import Object
from rehearsal.nodes.forward import slices_of
from rehearsal.nodes.store import Store

DOMAIN = "cluster.local"
_TTL_SECONDS = 5  # CoreDNS's own for the cluster's names
_HEADLESS = "None"


@dataclass(frozen=True)
class Answer:
    """What a name has: records, or none though it exists, or a response code."""

    records: tuple[RR, ...] = ()
    code: int = RCODE.NOERROR


class Names:
    """Answers from Services, EndpointSlices and Nodes as last seen."""

    def __init__(self, services: Store, slices: Iterable[Object], nodes: Store) -> None:
        """Answer from these stores."""
        self._services, self._slices, self._nodes = services, slices, nodes

    def reply(self, packet: bytes) -> bytes:
        """Answer one query.

        Raises:
            dnslib.DNSError: it is not one.
        """
        query = DNSRecord.parse(packet)
        answer = self.find(query.q)
        header = DNSHeader(id=query.header.id, qr=1, aa=1, ra=0, rd=query.header.rd, rcode=answer.code)
        return bytes(DNSRecord(header, q=query.q, rr=list(answer.records)).pack())

    def find(self, question: DNSQuestion) -> Answer:
        """What there is of a name; names outside the cluster are refused at once, as nothing here leads there."""
        name = str(question.qname).rstrip(".").lower()
        if name.endswith(f".svc.{DOMAIN}"):
            return self._service(question, name.removesuffix(f".svc.{DOMAIN}").split("."))
        if name == DOMAIN or name.endswith(f".{DOMAIN}"):
            return Answer(code=RCODE.NXDOMAIN)
        address = self._node(name)
        if address:
            return _addresses(question, [address])
        return Answer(code=RCODE.REFUSED)

    def _service(self, question: DNSQuestion, labels: list[str]) -> Answer:
        service = self._services.get(labels[-1], labels[-2]) if len(labels) > 1 else None
        if service is None:
            return Answer(code=RCODE.NXDOMAIN)
        spec, before = service["spec"], labels[:-2]
        if spec.get("type") == "ExternalName":
            target = f"{spec['externalName']}."
            return Answer((RR(question.qname, QTYPE.CNAME, rdata=CNAME(target), ttl=_TTL_SECONDS),))
        if len(before) == 2 and all(label.startswith("_") for label in before):
            return self._port(question, service, before)
        headless = spec.get("clusterIP") == _HEADLESS
        if before and not headless:
            return Answer(code=RCODE.NXDOMAIN)
        if not headless:
            return _addresses(question, [str(spec["clusterIP"])])
        ready = [(endpoint.get("hostname", ""), endpoint["addresses"][0]) for endpoint in self._ready(service)]
        found = [address for hostname, address in ready if not before or [hostname] == before]
        return _addresses(question, found) if found else Answer(code=RCODE.NXDOMAIN)

    def _port(self, question: DNSQuestion, service: Object, before: list[str]) -> Answer:
        """SRV of a named port; `_http._tcp.NAME`."""
        name, protocol = (label.removeprefix("_") for label in before)
        for port in service["spec"].get("ports", []):
            if (port.get("name"), port.get("protocol", "TCP").lower()) != (name, protocol):
                continue
            if question.qtype != QTYPE.SRV:
                return Answer()
            target = ".".join(str(question.qname).split(".")[2:])
            record = RR(question.qname, QTYPE.SRV, rdata=SRV(0, 100, port["port"], target), ttl=_TTL_SECONDS)
            return Answer((record,))
        return Answer(code=RCODE.NXDOMAIN)

    def _ready(self, service: Object) -> Iterator[Object]:
        """Endpoints of a headless Service that are ready, or all where the Service publishes all."""
        every = service["spec"].get("publishNotReadyAddresses")
        for entry in slices_of(service, self._slices):
            for endpoint in entry.get("endpoints") or []:
                if every or endpoint.get("conditions", {}).get("ready"):
                    yield endpoint

    def _node(self, name: str) -> str:
        """The address of a node, as the VPC's own DNS knows it."""
        return internal_ip(self._nodes.get("", name))


def internal_ip(node: Object | None) -> str:
    """A node's address in the VPC; empty while it has none."""
    known = (node.get("status") or {}).get("addresses") or [] if node else []
    return next((str(entry["address"]) for entry in known if entry["type"] == "InternalIP"), "")


def _addresses(question: DNSQuestion, found: list[str]) -> Answer:
    """A records; a name that has addresses has no other kind of record, which is an answer too."""
    if question.qtype not in (QTYPE.A, QTYPE.ANY):
        return Answer()
    return Answer(tuple(RR(question.qname, QTYPE.A, rdata=A(address), ttl=_TTL_SECONDS) for address in found))
