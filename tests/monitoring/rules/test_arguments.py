import pytest

from monitoring.rules import RuleArgs, ServiceSettings


@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_a_time_scale_outside_its_range_is_refused(scale):
    with pytest.raises(ValueError, match=rf"time_scale is {scale}: choose a number above 0, 1 at most"):
        RuleArgs(time_scale=scale)


def test_an_unknown_threshold_is_refused_by_service():
    with pytest.raises(ValueError, match=r"dev/a: unknown threshold ttft_p99: choose of idle_hours, "):
        RuleArgs(services=(ServiceSettings(name="dev/a", thresholds={"ttft_p99": 1}),))
