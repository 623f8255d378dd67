from tests.components.builders import karpenter

KARPENTER = "llm:cluster:Karpenter"


def test_it_deploys_below_the_cluster() -> None:
    assert karpenter().error is None
    component = karpenter().one(KARPENTER)
    assert component.parent == karpenter().one("llm:cluster:GpuCluster").urn
    children = [one for one in karpenter().registrations if one.parent == component.urn]
    assert len(children) > 20
    assert all(one.name.startswith("llm-karpenter") for one in children)


def test_one_component_serves_every_pool() -> None:
    assert len(karpenter().of_type("NodePool")) == len(karpenter().of_type("EC2NodeClass")) == 2
    assert [one.name for one in karpenter().of_type("eks:index:ManagedNodeGroup")] == ["llm-system"]


def test_its_outputs_name_queue_and_role() -> None:
    outputs = karpenter().outputs[karpenter().one(KARPENTER).urn]
    assert outputs["interruption_queue"] == "llm-dev"
    assert outputs["node_role_arn"].endswith(":llm-karpenter-nodes")
