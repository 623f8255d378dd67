"""Every rule against its examples, through the SDK's servicer."""

import pytest

from guardrails import RULES
from tests.policies.examples.table import EXAMPLES
from tests.policies.judging import Case, Judgement, case, judge


def _cases(kind: str) -> list[object]:
    return [
        pytest.param(rule, item, id=f"{rule}: {item.note}")
        for rule, examples in EXAMPLES.items()
        for item in getattr(examples, kind)
    ]


def test_every_rule_has_examples_of_each_verdict() -> None:
    assert [rule.id for rule in RULES] == list(dict.fromkeys(rule.id for rule in RULES))
    assert {rule.id for rule in RULES} - {"exemptions"} == set(EXAMPLES)
    assert all(examples.passes and examples.fails for examples in EXAMPLES.values())


@pytest.mark.parametrize(("rule", "item"), _cases("passes"))
def test_it_passes(rule: str, item: Case) -> None:
    found = judge(rule, item)
    assert (found.findings, found.advisories) == ((), ())


@pytest.mark.parametrize(("rule", "item"), _cases("fails"))
def test_it_fails(rule: str, item: Case) -> None:
    found = judge(rule, item)
    assert found.findings
    assert found.advisories == ()
    assert all(_well_put(message) for message in found.findings)


@pytest.mark.parametrize(("rule", "item"), _cases("unknown"))
def test_what_is_unknown_is_said(rule: str, item: Case) -> None:
    found = judge(rule, item)
    assert found.findings == ()
    assert found.advisories
    assert not [message for message in found.advisories if "shape" in message]


@pytest.mark.parametrize(("rule", "item"), _cases("both"))
def test_what_is_known_is_judged_beside_what_is_not(rule: str, item: Case) -> None:
    found = judge(rule, item)
    assert found.findings
    assert found.advisories


@pytest.mark.parametrize("rule", EXAMPLES)
def test_it_keeps_to_its_business(rule: str) -> None:
    found = judge(rule, case("other", EXAMPLES[rule].other))
    stack_rule = next(one for one in RULES if one.id == rule).judge_stack is not None
    assert found == Judgement((), (), not_applicable=not stack_rule)


def _well_put(message: str) -> bool:
    """Two lines: what is not allowed; which resource, which part, which fix."""
    return message.count("\n") == 1 and "Fix: " in message and "object at 0x" not in message
