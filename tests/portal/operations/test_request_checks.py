"""A team's stack is in its platform's account: the portal says so in the program's words."""

from typing import Any

import pytest

from portal.db.work import Stack
from portal.errors import InvalidError
from portal.operations.request_checks import check_settings
from settings.derived.platform_facts import PlatformFacts
from tests.settings.bad_settings import TEAM
from tests.settings.reading import GOOD_FACTS

OWN, OTHER = "210987654321", "999988887777"
FACTS = PlatformFacts.model_validate({**GOOD_FACTS, "account": OWN})


def check(**more: Any) -> None:
    """The portal's own check of a good team stack with further settings."""
    check_settings(Stack(name="team-one", platform="dev"), {**TEAM, **more}, FACTS)


def test_the_platforms_account_is_taken() -> None:
    check()
    check(account=OWN)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"account": OTHER}, f"llm-platform:account: is {OTHER}, the platform is in {OWN}"),
        (
            {"assume_role": {"role_arn": f"arn:aws:iam::{OTHER}:role/team"}},
            f"llm-platform:assume_role.role_arn: is in account {OTHER}, and account is {OWN}",
        ),
        (
            {"assume_role": {"role_arn": f"arn:aws:iam::{OWN}:role/team"}},
            f"llm-platform:assume_role: is arn:aws:iam::{OWN}:role/team, and the platform sets none",
        ),
        (
            {"permissions_boundary": f"arn:aws:iam::{OTHER}:policy/b"},
            "llm-platform:permissions_boundary: is in account",
        ),
        ({"aws:profile": "prod"}, "llm-platform:aws:profile: unknown setting"),
    ],
)
def test_what_the_program_would_refuse_is_refused_first(more: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidError, match=told):
        check(**more)
