"""The state of a stack, as the engine writes it."""

from workspace.stack_state import StackState

BUCKET = {
    "urn": "urn:pulumi:dev::platform::aws:s3/bucket:Bucket::b",
    "type": "aws:s3/bucket:Bucket",
    "custom": True,
    "id": "b-1",
    "protect": True,
    "retainOnDelete": True,
    "inputs": {"bucket": "b-1"},
}
STACK = {"urn": "urn:pulumi:dev::platform::pulumi:pulumi:Stack::platform-dev", "type": "pulumi:pulumi:Stack"}


def test_resources_are_read_whole():
    state = StackState.of({"resources": [STACK | {"custom": False}, BUCKET]})
    (bucket,) = state.of_type("aws:s3/bucket:Bucket")
    assert (bucket.name, bucket.id, bucket.protect, bucket.retained, bucket.custom) == ("b", "b-1", True, True, True)
    assert (bucket.inputs, bucket.outputs, bucket.pending_delete) == ({"bucket": "b-1"}, {}, False)


def test_interrupted_creations_are_told_from_other_operations():
    pending = [{"resource": BUCKET, "type": "creating"}, {"resource": STACK, "type": "deleting"}]
    state = StackState.of({"resources": [], "pending_operations": pending})
    assert [(one.name, one.resource_type) for one in state.creating] == [("b", "aws:s3/bucket:Bucket")]
    assert len(state.pending) == 2


def test_an_empty_deployment_has_nothing():
    assert StackState.of({}) == StackState(resources=(), pending=(), encryption={})
    assert StackState.of({"resources": None, "pending_operations": None}).resources == ()
