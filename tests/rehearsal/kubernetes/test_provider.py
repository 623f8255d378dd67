"""The provider's hooks against a real API server."""

import concurrent.futures
import time

import pytest

from rehearsal.controlplane.client import KubeClient
from rehearsal.controlplane.errors import NotFoundError
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.provider import Created
from rehearsal.plugins.wire import UNKNOWN, Secret, unwrap
from tests.rehearsal.controlplane.running import ControlPlane
from tests.rehearsal.kubernetes.driver import DEPLOYMENT, Driver, deployment

pytestmark = pytest.mark.integration


def test_a_typo_is_an_error_with_its_path_in_preview(driver: Driver, namespace: str) -> None:
    path = r"\.spec\.template\.spec\.containers\[0\]\.imagee: unknown field"
    for place in (namespace, "not-made-yet"):
        with pytest.raises(ProviderError, match=path):
            driver.create(DEPLOYMENT, "web", deployment(place, imagee="x"), preview=True)
    unknown = deployment(namespace, imagee="x", args=[UNKNOWN])
    with pytest.raises(ProviderError, match=path):
        driver.create(DEPLOYMENT, "web", unknown, preview=True)


def test_a_preview_makes_nothing_and_knows_the_name(driver: Driver, client: KubeClient, namespace: str) -> None:
    planned = driver.create(DEPLOYMENT, "web", deployment(namespace), preview=True)
    assert planned.id == ""
    assert planned.outputs["metadata"]["name"] == "web"
    assert planned.outputs["spec"]["progressDeadlineSeconds"] == 600
    assert "status" not in planned.outputs
    unknown = driver.create(DEPLOYMENT, "web", deployment(namespace, args=[UNKNOWN]), preview=True)
    elsewhere = driver.create(DEPLOYMENT, "web", deployment("not-made-yet"), preview=True)
    for early in (unknown, elsewhere):
        assert "uid" not in early.outputs["metadata"]
        assert "progressDeadlineSeconds" not in early.outputs["spec"]
    with pytest.raises(NotFoundError):
        client.get("apps/v1", "Deployment", "web", namespace)


def test_a_rule_of_the_api_is_told_in_preview(driver: Driver, namespace: str) -> None:
    wrong = deployment(namespace)
    wrong["spec"]["selector"]["matchLabels"] = {"app": "other"}
    with pytest.raises(ProviderError, match="`selector` does not match template `labels`"):
        driver.create(DEPLOYMENT, "web", wrong, preview=True)


def test_a_replacement_under_the_same_name_previews(driver: Driver, namespace: str) -> None:
    old = deployment(namespace)
    old["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true"}
    driver.create(DEPLOYMENT, "web", old)
    new = deployment(namespace)
    new["spec"]["selector"]["matchLabels"] = new["spec"]["template"]["metadata"]["labels"] = {"app": "renamed"}
    assert driver.create(DEPLOYMENT, "web", new, preview=True).outputs["metadata"]["name"] == "web"


def test_a_conflict_names_the_other_manager(driver: Driver, client: KubeClient, namespace: str) -> None:
    inputs = {"metadata": {"name": "quota", "namespace": namespace}, "spec": {"hard": {"pods": "5"}}}
    token = "kubernetes:core/v1:ResourceQuota"
    made = driver.create(token, "quota", inputs)
    theirs = {"apiVersion": "v1", "kind": "ResourceQuota", **inputs, "spec": {"hard": {"pods": "7"}}}
    assert driver.update(token, "quota", made, inputs)["spec"]["hard"]["pods"] == "5"
    client.apply(theirs, field_manager="somebody", force=True)

    drift = driver.refreshed(token, "quota", made, inputs)
    assert drift is not None
    assert dict(drift.detailed) == {"spec.hard.pods": "update"}
    for preview in (True, False):
        with pytest.raises(ProviderError, match=r'\.spec\.hard\.pods is managed by "somebody".*patchForce'):
            driver.update(token, "quota", made, inputs, preview=preview)
    forced = {**inputs, "metadata": {**inputs["metadata"], "annotations": {"pulumi.com/patchForce": "true"}}}
    assert driver.update(token, "quota", made, forced)["spec"]["hard"]["pods"] == "5"


def test_a_finalizer_that_holds_is_named(driver: Driver, client: KubeClient, namespace: str) -> None:
    token, metadata = "kubernetes:core/v1:ConfigMap", {"name": "held", "namespace": namespace}
    made = driver.create(token, "held", {"metadata": {**metadata, "finalizers": ["example.com/hold"]}})
    with pytest.raises(ProviderError, match=r"still there after 1 s; held by finalizer example.com/hold"):
        driver.delete(token, "held", made.id, timeout=1)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        going = pool.submit(driver.delete, token, "held", made.id)
        client.patch("v1", "ConfigMap", "held", namespace, {"metadata": {"finalizers": None}})
        going.result()
    assert driver.provider.read(driver.resource(token, "held"), made.id, {}, {}) is None
    driver.delete(token, "held", made.id)


def test_a_secret_stays_secret(driver: Driver, namespace: str) -> None:
    token, inputs = (
        "kubernetes:core/v1:Secret",
        {
            "metadata": {"name": "token", "namespace": namespace},
            "stringData": {"key": "hush"},
        },
    )
    resource = driver.resource(token, "token")
    checked = driver.provider.check(resource, {}, inputs, b"")
    assert isinstance(checked.inputs["data"], Secret)
    made = driver.create(token, "token", inputs)
    found = driver.provider.read(resource, made.id, unwrap(checked.inputs), unwrap(made.outputs))
    assert found is not None
    for shown in (repr(checked), repr(made), repr(found)):
        assert "hush" not in shown
        assert "aHVzaA==" not in shown
    clean = driver.refreshed(token, "token", made, inputs)
    assert clean is not None
    assert not clean.changed


def test_what_something_deleted_fails_its_update_until_a_refresh(
    driver: Driver, client: KubeClient, namespace: str
) -> None:
    token, inputs = "kubernetes:core/v1:ConfigMap", {"metadata": {"name": "lost", "namespace": namespace}}
    made = driver.create(token, "lost", inputs)
    client.delete("v1", "ConfigMap", "lost", namespace)
    for preview in (True, False):
        with pytest.raises(ProviderError, match=r'configmaps "lost" not found'):
            driver.update(token, "lost", made, inputs, preview=preview)
    assert driver.refreshed(token, "lost", made, inputs) is None


def test_a_create_fails_where_the_object_is_there_and_its_preview_passes(
    driver: Driver, client: KubeClient, namespace: str
) -> None:
    token, inputs = "kubernetes:core/v1:ConfigMap", {"metadata": {"name": "x", "namespace": namespace}, "data": {}}
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", **inputs, "data": {"a": "theirs"}}
    client.create(theirs)
    ours = {**inputs, "data": {"a": "ours"}}
    assert driver.create(token, "x", ours, preview=True).outputs["data"] == {"a": "ours"}
    with pytest.raises(ProviderError, match=r'configmaps "x" already exists\. .*alias.*Patch.*import.*upsertExisting'):
        driver.create(token, "x", ours)
    assert client.get("v1", "ConfigMap", "x", namespace)["data"] == {"a": "theirs"}


def test_what_is_being_deleted_is_there(driver: Driver, client: KubeClient, namespace: str) -> None:
    token, metadata = "kubernetes:core/v1:ConfigMap", {"name": "going", "namespace": namespace}
    driver.create(token, "going", {"metadata": {**metadata, "finalizers": ["example.com/hold"]}})
    client.delete("v1", "ConfigMap", "going", namespace)
    with pytest.raises(ProviderError, match=r"object is being deleted: configmaps .* already exists"):
        driver.create(token, "going", {"metadata": metadata})
    client.patch("v1", "ConfigMap", "going", namespace, {"metadata": {"finalizers": None}})


def test_what_a_killed_create_made_is_taken_over_and_owned_whole(
    driver: Driver, client: KubeClient, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, metadata = "kubernetes:core/v1:ConfigMap", {"name": "x", "namespace": namespace}
    lost = driver.create(token, "x", {"metadata": metadata, "data": {"a": "1", "b": "1"}})
    monkeypatch.setenv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "true")
    monkeypatch.setenv("PULUMI_K8S_ENABLE_PATCH_FORCE", "true")
    driver.provider.configure(driver.settings)
    found = driver.create(token, "x", {"metadata": metadata, "data": {"a": "2", "b": "1"}})
    assert found.outputs["metadata"]["uid"] == lost.outputs["metadata"]["uid"]
    assert found.outputs["data"] == {"a": "2", "b": "1"}
    monkeypatch.undo()
    driver.provider.configure(driver.settings)
    assert driver.update(token, "x", found, {"metadata": metadata, "data": {"a": "3"}})["data"] == {"a": "3"}


def test_a_namespace_that_comes_a_moment_later_is_waited_for(
    driver: Driver, client: KubeClient, namespace: str
) -> None:
    late = f"{namespace[:40]}-late"
    inputs = {"metadata": {"name": "x", "namespace": late}, "data": {"a": "b"}}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        coming = pool.submit(driver.create, "kubernetes:core/v1:ConfigMap", "x", inputs)
        time.sleep(0.5)
        assert not coming.done()
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": late}})
        assert coming.result().id == f"{late}/x"
    client.delete("v1", "Namespace", late)
    with pytest.raises(ProviderError, match=r'namespace "never" does not exist'):
        driver.create("kubernetes:core/v1:ConfigMap", "x", {"metadata": {"name": "x", "namespace": "never"}})


def test_an_update_changes_and_removes_what_the_create_set(driver: Driver, client: KubeClient, namespace: str) -> None:
    token, metadata = "kubernetes:core/v1:ConfigMap", {"name": "x", "namespace": namespace}
    made = driver.create(token, "x", {"metadata": metadata, "data": {"a": "1", "b": "1"}})
    (entry,) = client.get("v1", "ConfigMap", "x", namespace)["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("pulumi-kubernetes", "Update")
    for preview in (True, False):
        outputs = driver.update(token, "x", made, {"metadata": metadata, "data": {"a": "2"}}, preview=preview)
    assert outputs["data"] == {"a": "2"}
    (entry,) = client.get("v1", "ConfigMap", "x", namespace)["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == (made.outputs["__fieldManager"], "Apply")


def test_an_object_of_somebody_else_can_be_read(driver: Driver, namespace: str) -> None:
    token = "kubernetes:core/v1:ServiceAccount"
    found = driver.provider.read(driver.resource(token, "default"), f"{namespace}/default", {}, {})
    assert found is not None
    assert found.outputs["metadata"]["uid"]
    assert "uid" not in found.inputs["metadata"]


def test_a_killed_api_server_does_not_fail_an_apply(driver: Driver, plane: ControlPlane, namespace: str) -> None:
    token = "kubernetes:core/v1:ConfigMap"

    def create(number: int) -> Created:
        time.sleep(number * 0.02)
        inputs = {"metadata": {"name": f"many-{number}", "namespace": namespace}, "data": {"n": str(number)}}
        return driver.create(token, f"many-{number}", inputs)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        running = [pool.submit(create, number) for number in range(60)]
        time.sleep(0.3)
        plane.kill("apiserver")
        time.sleep(0.5)
        plane.start("apiserver")
        made = [future.result() for future in running]
    assert len({item.id for item in made}) == 60


def test_an_absent_api_server_is_not_an_absent_object(driver: Driver, plane: ControlPlane, namespace: str) -> None:
    token = "kubernetes:core/v1:ConfigMap"
    made = driver.create(token, "there", {"metadata": {"name": "there", "namespace": namespace}})
    driver.provider.objects.client.patience = 1
    plane.kill("apiserver")
    try:
        with pytest.raises(ProviderError, match=r"does not answer .*rehearse status"):
            driver.provider.read(driver.resource(token, "there"), made.id, {}, {})
        with pytest.raises(ProviderError, match=r"not deleted: .*does not answer"):
            driver.delete(token, "there", made.id)
    finally:
        plane.start("apiserver")
    driver.provider.objects.client.patience = 45
    assert driver.provider.read(driver.resource(token, "there"), made.id, {}, {}) is not None
