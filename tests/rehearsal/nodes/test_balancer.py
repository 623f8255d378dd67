"""Which Services get a load balancer: what their class says, and whether a controller serves it."""

import asyncio
from pathlib import Path

import pytest

from rehearsal.network.listeners import bound
from rehearsal.nodes.addresses import LoopbackPool
from rehearsal.nodes.balancer import Balancers
from rehearsal.nodes.forward import Forwarder
from rehearsal.sandboxes import free_ports
from tests.rehearsal.nodes.objects import Object, Objects
from tests.waiting import until_true

RELEASE = {
    "metadata": {"name": "alb", "annotations": {"llm-platform/chart": "aws-load-balancer-controller"}},
}


class Api:
    """Notes what is said of Services."""

    def __init__(self) -> None:
        self.events: list[Object] = []
        self.announced = False

    async def patch(self, _path: str, change: Object) -> Object:
        self.announced = True
        return {"metadata": {"name": "s", "namespace": "llm", "uid": "s"}, **change}

    async def create(self, _path: str, event: Object) -> Object:
        self.events.append(event)
        return event


def service(port: int, name: str | None) -> Object:
    spec: Object = {"type": "LoadBalancer", "ports": [{"port": port}]}
    if name:
        spec["loadBalancerClass"] = name
    return {"metadata": {"name": "s", "namespace": "llm", "uid": "s"}, "spec": spec}


async def told(tmp_path: Path, class_name: str | None, *, installed: bool, later: bool = False) -> tuple[int, str]:
    """How many load balancers there are once all is done, and what was said."""
    api, services, releases = Api(), Objects(), Objects()
    made = Balancers(
        api=api,  # type: ignore[arg-type]
        services=services,  # type: ignore[arg-type]
        releases=releases,  # type: ignore[arg-type]
        loopback=LoopbackPool("127.0.0", tmp_path / "load-balancers.json"),
        forwarder=Forwarder(Objects(), lambda _: None, apiserver=("127.0.0.1", 1)),
        listen=bound,
    )
    running = asyncio.create_task(made.run())
    try:
        if installed:
            releases.add(RELEASE)
        services.add(service(free_ports().nodes, class_name))
        if later:
            await until_true(lambda: api.events)
            assert not made.balancers
            releases.add(RELEASE)
        # A load balancer's address is announced last of all.
        await until_true(lambda: api.announced or (api.events and not later))
        count = len(made.balancers)
        for balancer in made.balancers.values():
            for listener in balancer.listeners.values():
                listener.close()
    finally:
        running.cancel()
    return count, " ".join(event["message"] for event in api.events)


@pytest.mark.parametrize("class_name", [None, "service.k8s.aws/nlb"])
def test_a_class_with_a_controller_gets_a_load_balancer(tmp_path: Path, class_name: str | None) -> None:
    assert asyncio.run(told(tmp_path, class_name, installed=True)) == (1, "")


def test_without_a_class_the_cloud_provider_makes_it(tmp_path: Path) -> None:
    assert asyncio.run(told(tmp_path, None, installed=False)) == (1, "")


def test_a_class_that_nothing_serves_gets_none(tmp_path: Path) -> None:
    count, said = asyncio.run(told(tmp_path, "example.com/other", installed=True))
    assert count == 0
    assert said == "no controller in this cluster serves loadBalancerClass example.com/other"


def test_the_controllers_class_waits_for_its_chart(tmp_path: Path) -> None:
    count, said = asyncio.run(told(tmp_path, "service.k8s.aws/nlb", installed=False, later=True))
    assert count == 1
    assert "waits for the chart aws-load-balancer-controller, which is not installed" in said
