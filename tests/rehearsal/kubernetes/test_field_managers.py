from rehearsal.kubernetes.field_managers import CREATOR, Entry, taken_over


def entry(manager: str, operation: str = "Update", subresource: str = "", **fields: object) -> Entry:
    return {"manager": manager, "operation": operation, "subresource": subresource, "fieldsV1": fields}


def test_what_a_create_set_goes_to_the_manager_of_the_resource() -> None:
    made = entry(CREATOR, **{"f:data": {"f:a": {}}})
    other = entry("kube-controller-manager", subresource="status", **{"f:status": {}})
    assert taken_over([made, other], "pulumi-kubernetes-1") == [
        other,
        {**made, "manager": "pulumi-kubernetes-1", "operation": "Apply"},
    ]


def test_it_is_joined_with_what_the_manager_has() -> None:
    mine = entry("m", "Apply", **{"f:data": {"f:a": {}}})
    kubectl = entry("kubectl", **{"f:data": {"f:b": {}}, "f:metadata": {}})
    found = taken_over([mine, kubectl], "m")
    assert found is not None
    (merged,) = found
    assert merged["fieldsV1"] == {"f:data": {"f:a": {}, "f:b": {}}, "f:metadata": {}}


def test_others_keep_what_is_theirs() -> None:
    assert taken_over([entry("m", "Apply"), entry("keda", "Apply")], "m") is None
    assert taken_over([], "m") is None
    assert taken_over([entry(CREATOR, subresource="status")], "m") is None
