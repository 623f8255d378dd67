"""Every example with every part of it unknown in turn, and of another shape: no rule falls over."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests import soak
from tests.policies.examples.table import EXAMPLES
from tests.policies.judging import Case, U, judge

ODD = (5.0, True, "x", [], {})


def variants(value: Any, put: Any) -> Iterator[Any]:
    """A value with each of its parts, and itself, replaced once."""
    yield put
    if isinstance(value, dict):
        yield from ({**value, key: new} for key, item in value.items() for new in variants(item, put))
    elif isinstance(value, list):
        yield from (
            [*value[:index], new, *value[index + 1 :]]
            for index, item in enumerate(value)
            for new in variants(item, put)
        )


def cases(rule: str, put: Any) -> Iterator[Case]:
    examples = EXAMPLES[rule]
    for item in (*examples.passes, *examples.fails):
        for index, given in enumerate(item.given):
            for key, value in given.props.items():
                for new in variants(value, put):
                    changed = replace(given, props={**given.props, key: new})
                    yield replace(item, given=(*item.given[:index], changed, *item.given[index + 1 :]))


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_unknown_part_is_no_surprise(rule: str) -> None:
    surprised = [
        (item.note, [one.props for one in item.given])
        for item in cases(rule, U)
        if any("has a shape" in message for message in judge(rule, item).advisories)
    ]
    assert surprised == []


@pytest.mark.thorough
@pytest.mark.soak
@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_part_of_another_shape_is_no_exception(rule: str) -> None:
    """Every part is of one other shape, the shapes in turn; in a soak of each."""
    by_shape = [cases(rule, put) for put in ODD]
    for number, items in enumerate(zip(*by_shape, strict=True)):
        for item in items if soak.chosen() else [items[number % len(ODD)]]:
            assert judge(rule, item)
