"""What `make soak` runs and CI does not: thousands of examples of a generated test, and tests that take long."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, settings

PROFILE = "soak"
EXAMPLES = 5_000


def chosen() -> bool:
    """Whether this run is a soak."""
    return settings.get_current_profile_name() == PROFILE


def mark(items: Sequence[pytest.Item]) -> None:
    """Leave out, unless this is a soak, tests whose mark ``soak_only`` has what they need that CI has not.

    Tests of a sandbox go on from one another, so a soak has all tests of such a module.
    """
    only = [(item, found) for item in items if (found := item.get_closest_marker("soak_only"))]
    whole = {item.path for item, _ in only if item.get_closest_marker("integration")}
    for item, found in only:
        item.add_marker(pytest.mark.soak)
        if not chosen():
            item.add_marker(pytest.mark.skip(reason=f"{found.args[0]}: make soak"))
    for item in items:
        if item.path in whole:
            item.add_marker(pytest.mark.soak)


def examples(usual: int) -> settings:
    """Settings of a test that tries ``usual`` examples, and :data:`EXAMPLES` in a soak; mark such a test ``soak``."""
    long = chosen()
    return settings(
        max_examples=EXAMPLES if long else usual,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
