from datetime import UTC, datetime

import pytest

from portal.clock import now
from portal.web import spending
from portal.web.spending import Rate, spent


def at(day, hour):
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def test_each_change_sets_what_the_hours_after_it_cost():
    found = spent([Rate(at(20, 0), 24.0), Rate(at(21, 12), 48.0)], at(22, 6))
    assert found.today == pytest.approx(6 * 2)
    assert found.total == pytest.approx(36 * 1 + 18 * 2)


def test_what_began_today_costs_from_then_on():
    found = spent([Rate(at(22, 3), 24.0)], at(22, 6))
    assert (found.today, found.total) == (pytest.approx(3), pytest.approx(3))


def test_what_was_destroyed_costs_nothing_more():
    found = spent([Rate(at(20, 0), 24.0), Rate(at(20, 12), 0.0)], at(22, 6))
    assert (found.today, found.total) == (0, pytest.approx(12))


def test_an_unknown_price_makes_only_its_own_hours_unknown():
    found = spent([Rate(at(20, 0), None), Rate(at(21, 0), 24.0)], at(22, 6))
    assert (found.today, found.total) == (pytest.approx(6), None)


def test_a_service_costs_from_its_apply_on(portal):
    service = portal.deployed()["id"]
    with portal.parts.database.reading() as session:
        assert spending.of_services(session, [service, "none"], now()).keys() == {service}
        later = now().replace(year=now().year + 1)
        found = spending.of_services(session, [service], later)[service]
    assert found.total == pytest.approx(29.63 * 365, rel=0.01)
