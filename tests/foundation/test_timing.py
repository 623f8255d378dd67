"""The one formula."""

from hypothesis import given
from hypothesis import strategies as st

from foundation.timing import GRACE_SECONDS, PRE_STOP_SECONDS, PROBE_PERIOD_SECONDS, SHUTDOWN_SECONDS, timing


def test_a_70b_from_the_bucket() -> None:
    waits = timing(size_gib=68, from_bucket=True)
    assert waits.startup == 300 + 85
    assert waits.startup_failure_threshold == 39
    assert waits.progress_deadline == 385 + 900
    assert waits.pulumi_timeout == "1585s"
    assert waits.pulumi_rollout_timeout(1) == waits.pulumi_timeout
    assert waits.pulumi_rollout_timeout(3) == f"{3 * 1285 + 300}s"


def test_an_8b_from_the_hub() -> None:
    assert timing(size_gib=15, from_bucket=False).startup == 300 + 100


@given(size=st.floats(0.1, 2000), from_bucket=st.booleans())
def test_every_wait_is_longer_than_the_one_inside_it(size: float, *, from_bucket: bool) -> None:
    waits = timing(size_gib=size, from_bucket=from_bucket)
    assert waits.startup_failure_threshold * PROBE_PERIOD_SECONDS >= waits.startup
    assert waits.startup < waits.progress_deadline < int(waits.pulumi_timeout.removesuffix("s"))
    assert waits.mirror < waits.mirror_deadline < int(waits.mirror_pulumi_timeout.removesuffix("s"))


def test_shutdown_fits_the_grace_period() -> None:
    assert PRE_STOP_SECONDS + SHUTDOWN_SECONDS < GRACE_SECONDS
