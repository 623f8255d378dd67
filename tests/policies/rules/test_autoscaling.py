"""What the program itself makes of a service's autoscaling, under the rules on autoscaling."""

from typing import Any

import pytest

from guardrails.rules.autoscaling import RULES
from tests.components.serving.test_autoscaling import ALL, run
from tests.deployment import Deployment
from tests.policies.judging import Case, Given, judge


def given(made: Deployment) -> tuple[Given, ...]:
    return tuple(
        Given(one.type, one.inputs, f"{one.type}::{one.name}", ignore_changes=one.ignore_changes)
        for one in made.registrations
        if one.type.startswith("kubernetes:")
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    ("before", "changes"),
    [({}, {"autoscale": {"max": 4}}), ({}, {"autoscale": ALL}), ({"chat": "on"}, {"replicas": 4})],
    ids=["from one", "from zero", "ends"],
)
def test_the_programs_own_passes(rule: Any, before: dict[str, str], changes: dict[str, Any]) -> None:
    made = given(run(before, gateway=True, **changes))
    assert [one for one in made if one.type.endswith(":ScaledObject")]
    found = judge(rule.id, Case("its own", made))
    assert (found.findings, found.advisories) == ((), ())
