"""Names, tags, labels."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings.derived.naming import Naming, label_value, paired_tags, selector_labels

NAMING = Naming(
    project="llm-platform",
    stack="dev",
    owner="ML Platform (core)",
    cost_center="42",
    extra_tags={"tier": "gold", "owner": "someone else"},
)


def test_extra_tags_do_not_replace_the_platforms_own() -> None:
    assert NAMING.tags == {
        "tier": "gold",
        "project": "llm-platform",
        "stack": "dev",
        "owner": "ML Platform (core)",
        "managed-by": "pulumi",
        "cost-center": "42",
    }


def test_an_object_of_s3_has_ten_tags_at_most_the_stacks_own_among_them() -> None:
    assert NAMING.object_tags == NAMING.tags
    many = Naming(
        project="llm-platform", stack="dev", owner="core", extra_tags={f"t{number}": "x" for number in range(9, 0, -1)}
    )
    assert sorted(many.object_tags) == ["managed-by", "owner", "project", "stack", "t1", "t2", "t3", "t4", "t5", "t6"]
    assert many.object_tags.items() <= many.tags.items()


def test_labels_take_what_kubernetes_takes() -> None:
    assert NAMING.labels["llm-platform/owner"] == "ML-Platform-core"


def test_a_service_is_selected_by_its_server_and_its_name_alone() -> None:
    assert selector_labels("small", "vllm") == {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": "small"}


def test_the_cluster_has_a_name_people_can_type() -> None:
    assert NAMING.cluster == "llm-dev"


@pytest.mark.thorough
@given(st.text())
def test_any_text_becomes_a_label_value(text: str) -> None:
    assert re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?", label_value(text))


def test_tags_that_a_list_of_pairs_would_split_are_not_in_it() -> None:
    assert list(paired_tags({"b": "x=y", "a": "1", "=c": "2", "d=e": "3"}).items()) == [("a", "1"), ("b", "x=y")]
