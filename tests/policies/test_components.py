"""What the real awsx and eks components make of the platform, as recorded, seen as in a first preview."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from guardrails import RULES
from tests.policies.judging import Case, Given, U, judge

STAND_IN = "aws:iam/role:Role::llm-nodes"
"""The recorded program's own role, with an empty trust document; the platform's is judged in test_platform."""
GRAPHS = Path(__file__).parents[1] / "goldens_components" / "graphs"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
REFERENCE = re.compile(r"\$\{([^}]+)\}")


def recorded(name: str) -> tuple[Given, ...]:
    resources = json.loads((GRAPHS / name).read_text())["resources"]
    return tuple(
        Given(
            key.rpartition("::")[0],
            _unknown(one["inputs"]),
            key,
            {
                prop: [urn for urn in _named(value) if urn in resources and urn != STAND_IN]
                for prop, value in one["inputs"].items()
            },
        )
        for key, one in resources.items()
        if key != STAND_IN
    )


def _named(value: Any) -> list[str]:
    return REFERENCE.findall(json.dumps(value))


def _unknown(value: Any) -> Any:
    if isinstance(value, str):
        return U if REFERENCE.search(value) else value
    if isinstance(value, dict) and value.get("4dabf18193072939515e22adb298388d") == RESOURCE:
        return value["urn"]  # the engine hands a resource to a policy as its id or URN
    if isinstance(value, dict):
        return {key: _unknown(item) for key, item in value.items()}
    return [_unknown(item) for item in value] if isinstance(value, list) else value


MANDATORY = [rule for rule in RULES if rule.level.value == "mandatory"]


@pytest.mark.parametrize("rule", MANDATORY, ids=lambda rule: rule.id)
def test_the_platform_passes_in_a_first_preview(rule: Any) -> None:
    assert judge(rule.id, Case("platform", recorded("platform_core.json"), {})).findings == ()


def test_its_nodes_are_decided_in_a_first_preview() -> None:
    found = judge("node-public-subnet", Case("platform", recorded("platform_core.json"), {}))
    assert (found.findings, found.advisories) == ((), ())


def test_a_pool_moved_to_the_public_subnets_is_refused_in_a_first_preview() -> None:
    moved = tuple(
        Given(one.type, one.props, one.name, {**one.depends, "subnetIds": [key for key in names if "public" in key]})
        if one.type == "aws:eks/nodeGroup:NodeGroup"
        else one
        for everything in [recorded("platform_core.json")]
        for names in [[given.name for given in everything if given.type == "aws:ec2/subnet:Subnet"]]
        for one in everything
    )
    found = judge("node-public-subnet", Case("moved", moved, {})).findings
    assert found
    assert all("public subnet aws:ec2/subnet:Subnet::llm-public" in message for message in found)
