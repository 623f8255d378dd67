from rehearsal.controlplane.errors import AlreadyExistsError, ApiError, ConflictError, InvalidError, NotFoundError
from rehearsal.kubernetes.api_errors import explain, indexed, is_malformed, is_unknown_field

# As kube-apiserver 1.35.4 words them.
TYPO = ApiError(
    500,
    "",
    "failed to create typed patch object (llm/d; apps/v1, Kind=Deployment): "
    '.spec.template.spec.containers[name="b"].imagee: field not declared in schema',
)
OBJECT = {
    "spec": {
        "template": {"spec": {"containers": [{"name": "a"}, {"name": "b", "ports": [{"containerPort": 80}]}]}},
    },
}


def test_a_typo_is_told_with_its_path() -> None:
    assert is_unknown_field(TYPO)
    told = explain(TYPO, OBJECT, 'Deployment "d"')
    assert told.startswith('Deployment "d": .spec.template.spec.containers[1].imagee: unknown field')


def test_nested_keyed_lists_become_indices() -> None:
    path = '.spec.template.spec.containers[name="b"].ports[containerPort=80,protocol="TCP"].hostPort'
    assert indexed(path, OBJECT) == ".spec.template.spec.containers[1].ports[0].hostPort"


def test_what_cannot_be_found_stays_as_the_server_said_it() -> None:
    assert indexed('.spec.volumes[name="x"].nam', OBJECT) == '.spec.volumes[name="x"].nam'


def test_a_conflict_names_manager_field_and_cure() -> None:
    causes = [
        {"message": 'conflict with "kubectl" using apps/v1', "field": ".spec.replicas"},
        {"message": 'conflict with "kubectl" using apps/v1', "field": '.spec.template.spec.containers[name="a"].image'},
    ]
    told = explain(ConflictError(409, "Conflict", "Apply failed", {"causes": causes}), OBJECT, "Deployment")
    assert '.spec.replicas, .spec.template.spec.containers[0].image is managed by "kubectl" using apps/v1' in told
    assert "ignore_changes" in told
    assert "pulumi.com/patchForce" in told


def test_a_missing_namespace_is_told() -> None:
    error = NotFoundError(404, "NotFound", 'namespaces "x" not found', {"kind": "namespaces", "name": "x"})
    assert explain(error, {}, "Pod") == 'Pod: namespace "x" does not exist; make it first and depend on it'
    assert not is_malformed(error)


def test_a_field_that_cannot_change_is_told_with_the_cure() -> None:
    error = InvalidError(422, "Invalid", 'Service "s" is invalid: spec.loadBalancerClass: may not change once set')
    assert explain(error, {}, "Service").endswith("list it in replace_on_changes, or leave it as it is")


def test_what_a_create_does_not_know_is_told_with_its_path() -> None:
    text = 'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.x"'
    error = InvalidError(400, "BadRequest", text)
    assert is_malformed(error)
    assert (
        explain(error, {}, "Deployment") == "Deployment: .spec.x: unknown field; is it misspelt, or in the wrong place?"
    )
    wrong = InvalidError(400, "BadRequest", f"{text.partition(':')[0]}: json: cannot unmarshal string into int32")
    assert is_malformed(wrong)
    assert explain(wrong, {}, "Deployment") == "Deployment: json: cannot unmarshal string into int32"


def test_an_object_that_is_there_is_told_with_every_way_out() -> None:
    told = explain(AlreadyExistsError(409, "AlreadyExists", 'configmaps "x" already exists'), {}, 'ConfigMap "x"')
    assert told.startswith('ConfigMap "x": configmaps "x" already exists. ')
    for way in ("alias", "Patch resource", "pulumi import", "upsertExistingObjects", "UPSERT_EXISTING_OBJECTS=true"):
        assert way in told
