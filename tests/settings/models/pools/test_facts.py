"""What services must know of a pool."""

from settings.models.pools import PoolFacts

OLD = {
    "kind": "gpu",
    "instance_types": ["g5.2xlarge"],
    "gpus_per_node": 1,
    "desired": 1,
    "max": 2,
    "labels": {},
    "taints": [],
}


def test_a_platform_from_before_karpenter_exports_node_groups() -> None:
    facts = PoolFacts.model_validate(OLD)
    assert (facts.provisioner, facts.limit_gpus, facts.limit_vcpus) == ("node_group", None, None)
    assert [machine.name for machine in facts.machines] == ["g5.2xlarge"]


def test_an_export_is_read_back_as_it_was() -> None:
    facts = PoolFacts.model_validate({**OLD, "provisioner": "karpenter", "limit_gpus": 4})
    assert PoolFacts.model_validate(facts.model_dump(mode="json")) == facts
