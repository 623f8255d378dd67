import copy

import pytest
from pulumi.runtime.proto import provider_pb2

from rehearsal.kubernetes.differences import Mutable, changes, compare
from rehearsal.kubernetes.inputs import AUTONAMED
from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.provider import KubernetesProvider
from rehearsal.plugins.grpc_server import Servicer
from rehearsal.plugins.provider import Diff
from rehearsal.plugins.wire import UNKNOWN, Properties, encode


def diff(api_version: str, kind: str, olds: Properties, news: Properties, mutable: Mutable | None = None) -> Diff:
    return compare(Kind(api_version=api_version, kind=kind), olds, news, mutable or Mutable())


def test_changes_have_paths() -> None:
    old = {"a": {"b": [1, {"c": 2}], "x.y/z": 1}, "gone": 1, "same": [1]}
    new = {"a": {"b": [1, {"c": 3}, 4], "x.y/z": 2}, "new": 1, "same": [1.0]}
    assert dict(changes(old, new)) == {
        'a["x.y/z"]': "update",
        "a.b[1].c": "update",
        "a.b[2]": "add",
        "gone": "delete",
        "new": "add",
    }


def test_nothing_differs_from_itself() -> None:
    assert not diff("v1", "Pod", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}).changed


NAMED = {"metadata": {"name": "n", "namespace": "ns"}}


@pytest.mark.parametrize(
    ("api_version", "kind", "field", "replaced"),
    [
        ("apps/v1", "Deployment", "spec.selector.matchLabels.app", True),
        ("apps/v1", "Deployment", "spec.replicas", False),
        ("apps/v1", "Deployment", "spec.selectors", False),
        ("apps/v1", "StatefulSet", "spec.serviceName", True),
        ("batch/v1", "Job", "spec.template.spec.restartPolicy", True),
        ("batch/v1", "Job", "spec.ttlSecondsAfterFinished", False),
        ("v1", "Service", "spec.clusterIP", True),
        ("v1", "Service", "spec.ports", False),
        ("v1", "PersistentVolumeClaim", "spec.storageClassName", True),
        ("v1", "ConfigMap", "data.key", True),
        ("v1", "ConfigMap", "immutable", False),
        ("v1", "Secret", "data.key", True),
        ("v1", "Secret", "type", True),
        ("v1", "Service", "spec.type", False),
        ("v1", "Service", "spec.clusterIPs", False),
        ("v1", "PersistentVolumeClaim", "spec.resources.requests.storage", False),
        ("v1", "PersistentVolumeClaim", "spec.accessModes", True),
        ("v1", "PersistentVolumeClaim", "spec.volumeMode", False),
        ("v1", "PersistentVolume", "spec.csi.volumeHandle", True),
        ("v1", "PersistentVolume", "spec.capacity.storage", False),
        ("v1", "Pod", "spec.nodeSelector.pool", True),
        ("v1", "Pod", "spec.activeDeadlineSeconds", False),
        ("v1", "ResourceQuota", "spec.hard.pods", False),
        ("batch/v1", "Job", "spec.parallelism", True),
        ("batch/v1", "Job", "spec.completions", True),
        ("batch/v1", "Job", "spec.backoffLimit", False),
        ("apps/v1", "StatefulSet", "spec.replicas", False),
        ("scheduling.k8s.io/v1", "PriorityClass", "value", False),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", "roleRef.name", True),
        ("storage.k8s.io/v1", "StorageClass", "provisioner", True),
        ("v1", "Namespace", "metadata.labels.team", False),
        ("v1", "Namespace", "metadata.name", True),
    ],
)
def test_only_what_no_update_can_change_replaces(api_version: str, kind: str, field: str, *, replaced: bool) -> None:
    olds, news = copy.deepcopy(NAMED), copy.deepcopy(NAMED)
    for values, leaf in ((olds, "old"), (news, "new")):
        at: Properties = values
        *parents, last = field.split(".")
        for name in parents:
            at = at.setdefault(name, {})
        at[last] = leaf
    found = diff(api_version, kind, olds, news)
    assert found.changed
    assert list(found.replaces) == ([field] if replaced else [])


@pytest.mark.parametrize("field", ["args", "command", "image", "imagePullPolicy", "ports", "resources", "tty"])
@pytest.mark.parametrize("group", ["containers", "initContainers"])
def test_a_container_of_a_pod_is_replaced_by_path(group: str, field: str) -> None:
    olds = {"spec": {group: [{"name": "b"}, {"name": "c", field: "a"}]}}
    news = {"spec": {group: [{"name": "b"}, {"name": "c", field: "b"}]}}
    assert diff("v1", "Pod", olds, news).replaces == [f"spec.{group}[1].{field}"]


def test_a_container_may_come_and_it_replaces_by_what_is_in_it() -> None:
    olds: Properties = {"spec": {"containers": [{"name": "c", "image": "a"}]}}
    news = {"spec": {"containers": [*olds["spec"]["containers"], {"name": "d", "image": "a"}]}}
    assert diff("v1", "Pod", olds, news).replaces == ["spec.containers[1]"]
    assert not diff("v1", "Pod", {"metadata": {}}, {"metadata": {}, "spec": {"activeDeadlineSeconds": 3}}).replaces
    assert diff("v1", "Service", {"metadata": {}}, {"metadata": {}, "spec": {"clusterIP": "None"}}).replaces == ["spec"]


def test_texts_of_a_secret_differ_as_data() -> None:
    olds, news = {**NAMED, "stringData": {"k": "a"}}, {**NAMED, "data": {"k": "Yg=="}}
    assert dict(diff("v1", "Secret", olds, news).detailed) == {"data.k": "update"}
    assert not diff("v1", "Secret", olds, {**NAMED, "data": {"k": "YQ=="}}).changed


def test_the_object_as_it_was_last_seen_counts() -> None:
    inputs = {**NAMED, "spec": {"replicas": 1, "paused": False}}
    live = {**NAMED, "spec": {"replicas": 3, "revisionHistoryLimit": 10}, "status": {}}
    kind = Kind(api_version="apps/v1", kind="Deployment")
    assert dict(compare(kind, inputs, inputs, Mutable(), live=live).detailed) == {"spec.replicas": "update"}


def test_ignored_paths_count_for_nothing_with_what_is_below_them() -> None:
    olds, news = ({"metadata": {"labels": {"a": value}}, "spec": {"replicas": value}} for value in (1, 2))
    kind = Kind(api_version="apps/v1", kind="Deployment")
    found = compare(kind, olds, news, Mutable(), ignored=["metadata.labels"])
    assert dict(found.detailed) == {"spec.replicas": "update"}
    assert not compare(kind, olds, news, Mutable(), ignored=["metadata", "spec.replicas"]).changed


def test_a_given_name_is_deleted_first_and_an_automatic_one_last() -> None:
    news = {**NAMED, "data": {"a": "c"}}
    assert diff("v1", "ConfigMap", {**NAMED, "data": {"a": "b"}}, news).delete_before_replace
    automatic = {"metadata": {"name": "n-1", "annotations": {AUTONAMED: "true"}}}
    found = diff("v1", "ConfigMap", {**automatic, "data": {"a": "b"}}, {**automatic, "data": {"a": "c"}})
    assert found.replaces
    assert not found.delete_before_replace


def test_a_move_to_another_namespace_is_made_before_the_old_goes() -> None:
    found = diff("v1", "Service", NAMED, {"metadata": {"name": "n", "namespace": "other"}})
    assert found.replaces == ["metadata.namespace"]
    assert not found.delete_before_replace


def test_the_provider_may_let_content_change_in_place_unless_it_is_sealed() -> None:
    olds, news = {**NAMED, "data": {"a": "b"}}, {**NAMED, "data": {"a": "c"}}
    mutable = Mutable(config_maps=True)
    assert not diff("v1", "ConfigMap", olds, news, mutable).replaces
    sealed = {"immutable": True}
    assert diff("v1", "ConfigMap", {**olds, **sealed}, {**news, **sealed}, mutable).replaces


def test_an_unknown_value_counts_as_a_change() -> None:
    found = diff("apps/v1", "Deployment", {"spec": {"replicas": 1}}, {"spec": {"replicas": UNKNOWN}})
    assert dict(found.detailed) == {"spec.replicas": "update"}


def test_a_fixed_name_is_deleted_before_it_is_replaced() -> None:
    def service(cluster_ip: str) -> dict[str, object]:
        return {"metadata": {"name": "s", "namespace": "ns"}, "spec": {"clusterIP": cluster_ip}}

    request = provider_pb2.DiffRequest(
        urn="urn:pulumi:dev::p::kubernetes:core/v1:Service::s",
        old_inputs=encode(service("172.20.0.9")),
        news=encode(service("None")),
    )
    answer = Servicer(KubernetesProvider()).Diff(request, None)
    assert list(answer.replaces) == ["spec.clusterIP"]
    assert answer.deleteBeforeReplace
    kind = answer.detailedDiff["spec.clusterIP"].kind
    assert kind == provider_pb2.PropertyDiff.Kind.UPDATE_REPLACE
