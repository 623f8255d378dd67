from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.controlplane.client import KubeClient
from tests.rehearsal.controlplane.running import ControlPlane, control_plane, until
from tests.rehearsal.kubernetes.driver import Driver


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def client(plane: ControlPlane) -> Iterator[KubeClient]:
    with plane.client() as made:
        yield made


@pytest.fixture
def driver(plane: ControlPlane) -> Any:
    made = Driver(plane)
    yield made
    made.provider.cancelled.set()
    made.provider.objects.client.close()


@pytest.fixture
def namespace(driver: Driver, client: KubeClient, request: pytest.FixtureRequest) -> Any:
    name = request.node.name.removeprefix("test_").replace("_", "-")[:50].strip("-")
    driver.create("kubernetes:core/v1:Namespace", name, {"metadata": {"name": name}})
    until(lambda: client.get("v1", "ServiceAccount", "default", name))
    yield name
    client.delete("v1", "Namespace", name)
