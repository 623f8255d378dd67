"""The arrivals of an open loop."""

import pytest

from load.schedule import arrivals


@pytest.mark.parametrize(("shape", "count"), [("steady", 100), ("spike", 180), ("ramp", 50), ("day", 55)])
def test_as_many_as_the_shape_has(shape: str, count: int) -> None:
    times = list(arrivals(shape, 10, 10))
    assert abs(len(times) - count) <= 1
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] < 10


def test_spike_is_in_the_middle_fifth() -> None:
    times = list(arrivals("spike", 10, 10))
    assert sum(4 <= at < 6 for at in times) == pytest.approx(100, abs=1)


def test_ramp_ends_at_the_full_rate() -> None:
    times = list(arrivals("ramp", 100, 10))
    assert sum(at >= 9 for at in times) == pytest.approx(95, abs=2)
    assert sum(at < 1 for at in times) == pytest.approx(5, abs=1)


def test_low_rates() -> None:
    assert list(arrivals("steady", 0.5, 5)) == [0, 2, 4]


def test_a_day_is_busiest_at_noon() -> None:
    times = list(arrivals("day", 100, 24))
    hours = [sum(hour <= at < hour + 1 for at in times) for hour in range(24)]
    assert hours[0] == pytest.approx(10, abs=1)
    assert hours[12] == pytest.approx(100, abs=2)
    assert hours[:12] == sorted(hours[:12])
    assert hours[12:] == sorted(hours[12:], reverse=True)
    assert times[-1] < 24
