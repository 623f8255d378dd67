"""ClusterIPs: what listens for them, and which pods get the connections."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from rehearsal.nodes.forward import Forwarder
from rehearsal.nodes.services import ServiceProxy, cluster_ip
from rehearsal.sandboxes import free_ports
from tests.rehearsal.nodes.objects import Object, Objects, endpoint_slice, service
from tests.waiting import until_true

CLUSTER_IP = "127.240.7.7"
NOWHERE = ("127.0.0.1", 1)


@contextlib.asynccontextmanager
async def answering(*addresses: str, port: int) -> AsyncIterator[None]:
    """Servers that answer each connection with their own address."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("sockname")[0].encode())
        writer.close()

    servers = [await asyncio.start_server(answer, address, port) for address in addresses]
    try:
        yield
    finally:
        for server in servers:
            server.close()


@contextlib.asynccontextmanager
async def proxied(
    services: Objects, slices: Objects, apiserver: tuple[str, int] = NOWHERE
) -> AsyncIterator[ServiceProxy]:
    proxy = ServiceProxy(services=services, forwarder=Forwarder(slices, lambda address: address, apiserver=apiserver))  # type: ignore[arg-type]
    running = asyncio.create_task(proxy.run())
    try:
        yield proxy
    finally:
        running.cancel()
        for each in proxy.proxied.values():
            each.close()


def open_ports(proxy: ServiceProxy) -> set[int]:
    return {number for each in proxy.proxied.values() for number in each.listeners}


async def asked(proxy: ServiceProxy, port: int) -> str:
    await until_true(lambda: port in open_ports(proxy))
    reader, writer = await asyncio.open_connection(CLUSTER_IP, port)
    said = (await reader.read()).decode()
    writer.close()
    return said


def test_endpoints_take_turns_and_one_that_refuses_is_passed_over() -> None:
    async def run() -> list[str]:
        ports, services, slices = free_ports(), Objects(), Objects()
        slices.append(endpoint_slice("s", ["127.9.9.1", "127.9.9.2", "127.9.9.3"], ports.moto))
        async with answering("127.9.9.1", "127.9.9.2", port=ports.moto), proxied(services, slices) as proxy:
            services.add(service("s", CLUSTER_IP, ports.nodes))
            return [await asked(proxy, ports.nodes) for _ in range(6)]

    found = asyncio.run(run())
    assert set(found) == {"127.9.9.1", "127.9.9.2"}


def test_an_endpoint_that_is_not_ready_gets_nothing_unless_it_alone_still_serves() -> None:
    async def run() -> tuple[str, str]:
        ports, services, slices = free_ports(), Objects(), Objects()
        going = endpoint_slice("s", ["127.9.9.2"], ports.moto, ready=False, serving=True, terminating=True)
        slices.append(endpoint_slice("s", ["127.9.9.1"], ports.moto, ready=False))
        async with answering("127.9.9.1", "127.9.9.2", port=ports.moto), proxied(services, slices) as proxy:
            services.add(service("s", CLUSTER_IP, ports.nodes))
            before = await asked(proxy, ports.nodes)
            slices.append(going)
            return before, await asked(proxy, ports.nodes)

    assert asyncio.run(run()) == ("", "127.9.9.2")


def test_listeners_follow_the_ports_and_end_with_the_service() -> None:
    async def run() -> None:
        ports, services, slices = free_ports(), Objects(), Objects()
        first = service("s", CLUSTER_IP, ports.nodes, ports.moto)
        second, external = service("s", CLUSTER_IP, ports.scheduler), service("s", CLUSTER_IP, 1, type="ExternalName")
        async with proxied(services, slices) as proxy:
            services.add(first)
            await until_true(lambda: open_ports(proxy) == {ports.nodes, ports.moto})
            services.change(first, second)
            await until_true(lambda: open_ports(proxy) == {ports.scheduler})
            services.change(second, external)
            await until_true(lambda: not open_ports(proxy))
            assert not proxy.problems

    asyncio.run(run())


def test_the_api_servers_own_service_needs_no_endpoints() -> None:
    async def run() -> str:
        ports, services = free_ports(), Objects()
        kubernetes = service("kubernetes", CLUSTER_IP, ports.nodes)
        kubernetes["metadata"]["namespace"] = "default"
        async with (
            answering("127.9.9.1", port=ports.moto),
            proxied(services, Objects(), ("127.9.9.1", ports.moto)) as proxy,
        ):
            services.add(kubernetes)
            return await asked(proxy, ports.nodes)

    assert asyncio.run(run()) == "127.9.9.1"


def test_an_address_that_is_taken_is_a_problem_that_names_the_service() -> None:
    async def run() -> list[str]:
        ports, services = free_ports(), Objects()
        async with answering(CLUSTER_IP, port=ports.moto), proxied(services, Objects()) as proxy:
            services.add(service("s", CLUSTER_IP, ports.moto))
            await until_true(lambda: proxy.problems)
            return proxy.problems

    (problem,) = asyncio.run(run())
    assert problem.startswith(f"service llm/s: cannot listen on {CLUSTER_IP}:")


def test_headless_services_have_no_address() -> None:
    headless: Object = service("s", "None", 80)
    leaving = service("s", CLUSTER_IP, 80)
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert [cluster_ip(each) for each in (headless, leaving, service("s", CLUSTER_IP, 80))] == ["", "", CLUSTER_IP]
