"""What `make soak` runs and CI does not: thousands of examples of a generated test, and tests that take long."""

import pytest
from hypothesis import HealthCheck, settings

PROFILE = "soak"
EXAMPLES = 5_000


def chosen() -> bool:
    """Whether this run is a soak."""
    return settings.get_current_profile_name() == PROFILE


def mark(item: pytest.Item) -> None:
    """Leave out, unless this is a soak, a test whose mark ``soak_only`` has what it needs that CI has not."""
    if only := item.get_closest_marker("soak_only"):
        item.add_marker(pytest.mark.soak)
        if not chosen():
            item.add_marker(pytest.mark.skip(reason=f"{only.args[0]}: make soak"))


def examples(usual: int) -> settings:
    """Settings of a test that tries ``usual`` examples, and :data:`EXAMPLES` in a soak; mark such a test ``soak``."""
    long = chosen()
    return settings(
        max_examples=EXAMPLES if long else usual,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
