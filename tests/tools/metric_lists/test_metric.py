import json

import pytest

from tools.metric_lists.metric import Metric, exposed, listing


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [("a", "counter", "a_total"), ("a_total", "counter", "a_total"), ("a_total", "histogram", "a_total")],
)
def test_a_counter_is_shown_with_total(name, kind, expected):
    assert exposed(name, kind) == expected


def test_a_list_is_the_same_whatever_the_order():
    two = [Metric(name="b", kind="gauge"), Metric(name="a", kind="counter", labels=("x",), condition="c")]
    text = listing("s", two)
    assert text == listing("s", reversed(two))
    assert json.loads(text) == {
        "source": "s",
        "metrics": {"a": {"type": "counter", "labels": ["x"], "condition": "c"}, "b": {"type": "gauge", "labels": []}},
    }
