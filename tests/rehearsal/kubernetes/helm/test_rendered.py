from pathlib import Path
from typing import Any

import pytest

from rehearsal.kubernetes.helm.rendered import InvalidValuesError, check, names_in, objects_in
from rehearsal.plugins.wire import UNKNOWN
from tests.rehearsal.kubernetes.helm.toy_chart import CONFIG_MAP, definition, toy_chart


def checked(tmp_path: Path, values: dict[str, Any], template: str = CONFIG_MAP, **more: Any) -> Any:
    chart = toy_chart(tmp_path, {"config.yaml": template}, crds=definition("Thing"))
    return check(str(chart), {"name": "n", "namespace": "s", "values": values, **more})


def test_definitions_are_a_part_unless_they_are_skipped(tmp_path: Path) -> None:
    found = checked(tmp_path, {})
    assert found.resource_names == {
        "ConfigMap/v1": ["n"],
        "CustomResourceDefinition.apiextensions.k8s.io/apiextensions.k8s.io/v1": ["things.toy.example.com"],
    }
    skipped = checked(tmp_path, {}, skipCrds=True)
    assert list(skipped.resource_names) == ["ConfigMap/v1"]
    assert skipped.checksum != found.checksum


def test_every_finding_of_the_schema_is_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidValuesError) as caught:
        checked(tmp_path, {"replicas": "x", "below": {"flag": 1}, "more": 1})
    assert str(caught.value).split("; ") == [
        "values.below.flag: got number, want boolean",
        "values.below: missing property 'name'",
        "values.replicas: got string, want integer",
        "values: additional properties 'more' not allowed",
    ]


def test_an_unknown_value_breaks_no_rule_and_leaves_the_others_checked(tmp_path: Path) -> None:
    assert checked(tmp_path, {"replicas": UNKNOWN}) is None
    assert checked(tmp_path, {}, name=UNKNOWN) is None
    with pytest.raises(InvalidValuesError, match=r"^values\.text: got number, want string$"):
        checked(tmp_path, {"replicas": UNKNOWN, "text": 7})


def test_a_template_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidValuesError, match=r"toy/templates/config\.yaml:\d+:\d+\): text is needed"):
        checked(tmp_path, {"text": ""})
    with pytest.raises(InvalidValuesError, match="do not give YAML"):
        checked(tmp_path, {}, template="a: [")


def test_lists_are_taken_apart_and_empty_documents_are_nothing() -> None:
    item = "{apiVersion: v1, kind: Secret, metadata: {name: a, namespace: s}}"
    manifest = f"# nothing\n---\nkind: List\napiVersion: v1\nitems: [{item}]\n---\n"
    assert [found["kind"] for found in objects_in(manifest)] == ["Secret"]
    assert names_in(manifest) == {"Secret/v1": ["s/a"]}
