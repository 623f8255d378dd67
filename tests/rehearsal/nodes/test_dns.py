"""The cluster's DNS on a socket."""

import asyncio
import socket

from dnslib import DNSRecord

from rehearsal.nodes.dns import serve_names
from rehearsal.nodes.names import Names
from rehearsal.sandboxes import free_ports
from tests.rehearsal.nodes.objects import Objects, service

ADDRESS = "127.9.9.53"


class Services(Objects):
    def get(self, _namespace: str, name: str) -> dict[str, object]:
        return service(name, "172.20.9.9", 80)


def test_it_answers_over_udp_and_tcp_and_survives_what_is_no_query() -> None:
    async def run() -> list[str]:
        port = free_ports().nodes
        running = asyncio.create_task(serve_names(Names(Services(), [], Objects()), ADDRESS, port))  # type: ignore[arg-type]

        def listening() -> bool:
            with socket.socket() as tried:
                return tried.connect_ex((ADDRESS, port)) == 0

        async with asyncio.timeout(60):
            while not await asyncio.to_thread(listening):  # noqa: ASYNC110 - TCP's port opens after UDP's
                await asyncio.sleep(0.01)

        def ask() -> list[str]:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stray:
                stray.sendto(b"?", (ADDRESS, port))
            question = DNSRecord.question("web.llm.svc.cluster.local")
            packets = [question.send(ADDRESS, port, tcp=tcp, timeout=60) for tcp in (False, True, False)]
            return [DNSRecord.parse(packet).short() for packet in packets]

        found = await asyncio.to_thread(ask)
        running.cancel()
        return found

    assert asyncio.run(run()) == ["172.20.9.9"] * 3
