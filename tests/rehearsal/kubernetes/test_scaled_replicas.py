"""Who owns ``spec.replicas`` of a Deployment on a real API server, when KEDA's HPA begins to scale it, and when it ends."""

from dataclasses import replace
from typing import Any

import pytest

from components.serving.replicas import PATH, TAKEN_OVER
from rehearsal.controlplane.client import KubeClient
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.provider import Created
from rehearsal.plugins.wire import Properties
from tests.rehearsal.kubernetes.driver import DEPLOYMENT, Driver, deployment

pytestmark = pytest.mark.integration
HPA = "kube-controller-manager"
NOT_AWAITED = {"pulumi.com/skipAwait": "true"}


def inputs(namespace: str, replicas: int | None, image: str = "example.com/web:1", **annotations: str) -> Properties:
    """A Deployment that nothing waits for: no kubelet runs its pods."""
    made = deployment(namespace, image=image)
    made["metadata"]["annotations"] = {**NOT_AWAITED, **annotations}
    if replicas is not None:
        made["spec"]["replicas"] = replicas
    return made


class Service:
    """A Deployment of the program, and what writes its scale."""

    def __init__(self, driver: Driver, client: KubeClient, namespace: str) -> None:
        self._driver, self._client, self._namespace = driver, client, namespace
        self._made: Created | None = None

    def up(self, replicas: int | None, image: str = "example.com/web:1", **annotations: str) -> int:
        """An update of the program: a number of its own, or None where KEDA has it; the number after it."""
        wanted = inputs(self._namespace, replicas, image, **annotations)
        if self._made is None:
            self._made = self._driver.create(DEPLOYMENT, "web", wanted)
        else:
            ignored = [PATH] if replicas is None else []
            for preview in (True, False):
                outputs = self._driver.update(
                    DEPLOYMENT, "web", self._made, wanted, preview=preview, ignore_changes=ignored
                )
            self._made = replace(self._made, outputs=outputs)
        return self.replicas

    def scale(self, replicas: int, by: str = HPA) -> None:
        """What an HPA, and KEDA from and to zero, do: PUT the subresource ``scale``."""
        scale = self._client.get("apps/v1", "Deployment", "web", self._namespace)
        body: dict[str, Any] = {
            "apiVersion": "autoscaling/v1",
            "kind": "Scale",
            "metadata": {"name": "web", "namespace": self._namespace},
            "spec": {"replicas": replicas},
        }
        uid = scale["metadata"]["uid"]
        path = f"/apis/apps/v1/namespaces/{self._namespace}/deployments/web/scale"
        self._client.request(
            "PUT", path, body={**body, "metadata": {**body["metadata"], "uid": uid}}, params={"fieldManager": by}
        )

    @property
    def replicas(self) -> int:
        """The number now."""
        return int(self._client.get("apps/v1", "Deployment", "web", self._namespace)["spec"]["replicas"])


@pytest.fixture
def service(driver: Driver, client: KubeClient, namespace: str) -> Service:
    return Service(driver, client, namespace)


def test_four_replicas_stay_four_until_the_autoscaler_decides(service: Service) -> None:
    service.up(4)
    assert service.up(None) == 4
    assert service.up(None, "example.com/web:2") == 4
    service.scale(6)
    assert service.up(None) == 6
    assert service.up(None, "example.com/web:3") == 6
    service.scale(5)
    assert service.up(None, "example.com/web:4") == 5


def test_a_number_that_is_only_left_out_falls_to_its_default(
    driver: Driver, client: KubeClient, namespace: str
) -> None:
    made = driver.create(DEPLOYMENT, "web", inputs(namespace, 4))
    driver.update(DEPLOYMENT, "web", made, inputs(namespace, 4, "example.com/web:2"))
    driver.update(DEPLOYMENT, "web", made, inputs(namespace, None))
    assert client.get("apps/v1", "Deployment", "web", namespace)["spec"]["replicas"] == 1


def test_a_new_service_is_the_autoscalers_from_its_first_write_on(service: Service) -> None:
    assert service.up(None) == 1
    service.scale(3)
    assert service.up(None, "example.com/web:2") == 3
    service.scale(0, by="keda")
    assert service.up(None, "example.com/web:3") == 0


def test_a_fixed_number_after_autoscaling_conflicts_unless_it_is_taken_over(service: Service) -> None:
    service.up(None)
    service.scale(6)
    service.up(None, "example.com/web:2")
    with pytest.raises(ProviderError, match="replicas"):
        service.up(4)
    assert service.replicas == 6
    assert service.up(4, **TAKEN_OVER) == 4
    assert service.up(5, **TAKEN_OVER) == 5


def test_one_that_keda_wrote_too_can_still_be_changed(service: Service) -> None:
    service.up(None)
    service.scale(6)
    service.scale(4, by="keda")
    assert service.up(4, **TAKEN_OVER) == 4
    assert service.up(7, **TAKEN_OVER) == 7


def test_autoscaling_can_be_switched_on_again(service: Service) -> None:
    service.up(None)
    service.scale(6)
    service.up(4, **TAKEN_OVER)
    assert service.up(None) == 4
    service.scale(2)
    assert service.up(None, "example.com/web:2") == 2
