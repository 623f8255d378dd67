import pulumi

from components import BUILDERS


def test_each_kind_is_a_component_of_its_own() -> None:
    assert "vllm" in BUILDERS
    assert all(isinstance(one, type) and issubclass(one, pulumi.ComponentResource) for one in BUILDERS.values())
    assert len(set(BUILDERS.values())) == len(BUILDERS)
