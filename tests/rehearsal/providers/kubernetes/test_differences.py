import copy

import pytest

from rehearsal.providers.kubernetes.differences import Mutable, changes, compare
from rehearsal.providers.kubernetes.inputs import AUTONAMED
from rehearsal.providers.kubernetes.kinds import Kind
from rehearsal.providers.plugin import Diff
from rehearsal.providers.wire import UNKNOWN, Properties


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
        ("v1", "Secret", "stringData.key", True),
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


def test_a_container_of_a_pod_is_replaced_by_path() -> None:
    olds = {"spec": {"containers": [{"name": "c", "image": "a"}]}}
    news = {"spec": {"containers": [{"name": "c", "image": "b"}]}}
    assert diff("v1", "Pod", olds, news).replaces == ["spec.containers[0].image"]


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
