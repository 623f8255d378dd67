from rehearsal.aws.differences import computed_kept


def test_a_preview_of_an_update_keeps_what_aws_computed() -> None:
    old_inputs = {"name": "llm", "tags": {"a": "1"}, "vpcConfig": {"subnetIds": ["s"], "publicAccessCidrs": ["x"]}}
    old_outputs = {
        **old_inputs,
        "endpoint": "https://x",
        "vpcConfig": {"subnetIds": ["s"], "publicAccessCidrs": ["x"], "clusterSecurityGroupId": "sg"},
    }
    new = {"name": "llm", "tags": {"a": "2"}, "vpcConfig": {"subnetIds": ["s"]}}
    assert computed_kept(old_inputs, old_outputs, new) == {
        "name": "llm",
        "tags": {"a": "2"},
        "endpoint": "https://x",
        "vpcConfig": {"subnetIds": ["s"], "clusterSecurityGroupId": "sg"},
    }


def test_an_input_that_is_removed_is_not_kept() -> None:
    assert computed_kept({"version": "1"}, {"version": "1", "arn": "a"}, {}) == {"arn": "a"}
