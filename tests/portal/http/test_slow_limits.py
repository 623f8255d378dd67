"""A few slow requests a person and a service; a place is free again whatever became of its request."""

from contextlib import ExitStack

import pytest

from portal.errors import TooManyError
from portal.http.slow_limits import SlowRequestLimits
from portal.settings import PortalSettings


@pytest.fixture
def slow() -> SlowRequestLimits:
    return SlowRequestLimits(PortalSettings(sign_in="local", slow_per_person=2, slow_per_service=3))


def test_a_person_has_so_many_places_and_others_have_theirs(slow: SlowRequestLimits):
    with ExitStack() as held:
        for service in ("one", "two"):
            held.enter_context(slow.place("rosa", service))
        with pytest.raises(TooManyError, match="you have 2 questions") as refused, slow.place("rosa", "three"):
            pytest.fail("a third place")
        assert refused.value.retry_after > 0
        with slow.place("anna", "one"):
            pass


def test_a_service_has_so_many_places(slow: SlowRequestLimits):
    with ExitStack() as held:
        for person in ("rosa", "anna", "adam"):
            held.enter_context(slow.place(person, "one"))
        with pytest.raises(TooManyError, match="the service has 3 questions"), slow.place("vera", "one"):
            pytest.fail("a fourth place")
        with slow.place("vera", "two"):
            pass


def test_a_place_is_free_again_after_a_failure(slow: SlowRequestLimits):
    for _ in range(10):
        with pytest.raises(ValueError, match="lost"), slow.place("rosa", "one"):
            raise ValueError("lost")
    assert not slow._counts


def test_applies_have_places_of_their_own(slow: SlowRequestLimits):
    with ExitStack() as held:
        for service in ("one", "two"):
            held.enter_context(slow.place("rosa", service))
        for _ in range(2):
            held.enter_context(slow.apply_place("rosa"))
        with pytest.raises(TooManyError, match="2 applies of yours are being checked"), slow.apply_place("rosa"):
            pytest.fail("a third apply")
        with slow.apply_place("anna"):
            pass
    assert not slow._counts
