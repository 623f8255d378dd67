"""The harness itself: what it keeps of a run."""

import pulumi
import pulumi_kubernetes as k8s

from tests.harness import STACK_TYPE, deploy


class Pair(pulumi.ComponentResource):
    """Two config maps, one of them an orphan."""

    name: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:harness:Pair", name, None, opts)
        child = k8s.core.v1.ConfigMap(
            f"{name}-child",
            data={"key": pulumi.Output.secret("hidden")},
            opts=pulumi.ResourceOptions(parent=self, protect=True, ignore_changes=["data"]),
        )
        k8s.core.v1.ConfigMap(f"{name}-orphan", opts=pulumi.ResourceOptions(depends_on=[child]))
        self.name = child.id
        self.register_outputs({"name": self.name})


def program() -> None:
    """One pair on a provider of its own."""
    provider = k8s.Provider("here", kubeconfig="{}")
    pair = Pair("pair", pulumi.ResourceOptions(providers=[provider]))
    pulumi.export("name", pair.name)
    pulumi.export("key", pulumi.Output.secret("hidden"))
    pulumi.log.warn("careful")


def test_it_keeps_what_was_registered() -> None:
    deployment = deploy(program, stack="some")
    child = deployment.one("ConfigMap", "pair-child")
    assert child.urn == "urn:pulumi:some::llm-platform::test:harness:Pair$kubernetes:core/v1:ConfigMap::pair-child"
    assert child.inputs["data"] == {"key": "hidden"}
    assert child.secrets == {"data"}
    assert (child.protect, child.ignore_changes) == (True, ("data",))
    assert "pulumi:providers:kubernetes::here" in child.provider
    assert deployment.outputs[child.parent] == {"name": "pair-child-id"}
    assert deployment.exports == {"name": "pair-child-id", "key": "hidden"}
    assert deployment.secret_exports == {"key"}
    assert deployment.warnings == ["careful"]


def test_an_orphan_shows_as_a_child_of_the_stack() -> None:
    deployment = deploy(program)
    orphan = deployment.one("ConfigMap", "pair-orphan")
    assert f"::{STACK_TYPE}::" in orphan.parent
    assert "pulumi:providers:" not in orphan.provider
    assert orphan.depends_on == {deployment.one("ConfigMap", "pair-child").urn}


def test_a_failing_program_is_an_error_of_the_deployment() -> None:
    def failing() -> None:
        pulumi.export("late", pulumi.Output.from_input(1).apply(lambda one: one / 0))

    assert isinstance(deploy(failing).error, ZeroDivisionError)


def test_runs_do_not_hear_each_other() -> None:
    assert len(deploy(program).urns) == 4
    assert isinstance(deploy(lambda: 1 / 0).error, ZeroDivisionError)
    assert len(deploy(program).urns) == 4
    seen: list[str | None] = []
    deploy(lambda: seen.append(pulumi.Config("llm-platform").get("owner")), config={"llm-platform:owner": "me"})
    deploy(lambda: seen.append(pulumi.Config("llm-platform").get("owner")))
    assert seen == ["me", None]
