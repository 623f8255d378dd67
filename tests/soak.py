"""How many examples a generated test tries: a few hundred in CI, thousands in `make soak`."""

from hypothesis import HealthCheck, settings

PROFILE = "soak"
EXAMPLES = 5_000


def examples(usual: int) -> settings:
    """Settings of a test that tries ``usual`` examples, and :data:`EXAMPLES` in a soak; mark such a test ``soak``."""
    long = settings.get_current_profile_name() == PROFILE
    return settings(
        max_examples=EXAMPLES if long else usual,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
