"""Dependent actions of AWS's service authorization reference: each is allowed, or it is said why it is not needed."""

from pathlib import Path

import pytest

from cli.operator_policy.gateway_statements import gateway_statements
from cli.operator_policy.image_cache_statements import image_cache_statements
from cli.operator_policy.monitoring_statements import monitoring_statements
from cli.operator_policy.needs import DEPENDENT_NOT_NEEDED
from cli.operator_policy.page import page
from cli.operator_policy.statement import Place
from cli.operator_policy.statements import statements
from cli.operator_policy.storage_statements import state_statements

EVERYTHING = [
    *statements(Place()),
    *gateway_statements(Place()),
    *monitoring_statements(Place()),
    *image_cache_statements(Place()),
    *state_statements(Place()),
]
ALLOWED = {action for one in EVERYTHING for action in one.actions}
_LINES = Path(__file__).with_name("dependent-actions.txt").read_text(encoding="utf-8").splitlines()
DEPENDENT = {line.split()[0]: line.split()[1:] for line in _LINES if not line.startswith("#")}


def test_every_allowed_action_was_looked_up() -> None:
    assert set(DEPENDENT) == ALLOWED


@pytest.mark.parametrize("action", sorted(DEPENDENT))
def test_what_an_action_depends_on_is_allowed_or_not_needed(action: str) -> None:
    assert set(DEPENDENT[action]) - ALLOWED - set(DEPENDENT_NOT_NEEDED) == set()


def test_private_dns_of_endpoints_depends_on_route_53() -> None:
    assert "route53:AssociateVPCWithHostedZone" in DEPENDENT["ec2:CreateVpcEndpoint"]


def test_what_is_not_needed_is_a_dependent_action_with_a_reason_on_the_page() -> None:
    assert set(DEPENDENT_NOT_NEEDED) <= {one for names in DEPENDENT.values() for one in names}
    assert not set(DEPENDENT_NOT_NEEDED) & ALLOWED
    for action, reason in DEPENDENT_NOT_NEEDED.items():
        assert f"| `{action}` | {reason} |" in page()
