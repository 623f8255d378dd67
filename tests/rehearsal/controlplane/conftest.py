from collections.abc import Iterator

import pytest

from rehearsal.controlplane.client import KubeClient
from tests.rehearsal.controlplane.running import ControlPlane, control_plane


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def client(plane: ControlPlane) -> Iterator[KubeClient]:
    with plane.client() as made:
        yield made
