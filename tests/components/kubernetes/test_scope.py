from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.kubernetes.scope import Scope
from tests.components.builders import on_kubernetes, waited_for
from tests.harness import Registration, deploy


def config_map(**changes: Any) -> Registration:
    """A ConfigMap with the metadata and options of a scope."""

    def program() -> None:
        parent = pulumi.ComponentResource("test:it:It", "it", None, on_kubernetes())
        scope = Scope(
            name="chat",
            namespace="llm",
            parent=parent,
            labels={"owner": "a", "app": "overridden"},
            selector={"app": "vllm"},
            pod_labels={"component": "inference"},
        )
        k8s.core.v1.ConfigMap(
            scope.named("files"), metadata=scope.metadata("files", **changes), opts=scope.options([waited_for()])
        )
        pulumi.export("pods", scope.pod_metadata().labels)

    run = deploy(program)
    assert run.exports["pods"] == {"app": "vllm", "component": "inference"}, "an owner rolls no pod"
    return run.one("ConfigMap")


def test_objects_carry_name_namespace_and_all_labels() -> None:
    made = config_map()
    assert made.inputs["metadata"] == {
        "name": "chat-files",
        "namespace": "llm",
        "labels": {"owner": "a", "app": "vllm", "component": "inference"},
    }


def test_annotations_are_set_where_there_are_any() -> None:
    assert config_map(annotations={"a": "b"}).inputs["metadata"]["annotations"] == {"a": "b"}


def test_an_object_is_a_child_of_the_component_and_waits_for_what_it_needs() -> None:
    made = config_map()
    assert made.parent.endswith("test:it:It::it")
    assert {urn.rpartition("::")[2] for urn in made.depends_on} == {"ready"}
