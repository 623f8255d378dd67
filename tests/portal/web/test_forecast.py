import pytest

from portal.web.forecast import forecast


@pytest.fixture
def ahead(portal):
    def ask(usd_day, gpus, **more):
        with portal.parts.database.reading() as session:
            return forecast(session, "search", usd_day, gpus, **more)

    return ask


def test_a_new_service_comes_on_top(portal, ahead):
    portal.deployed()
    found = ahead(29.63, 1)
    assert (found.usd_before, found.usd_after) == (29.63, pytest.approx(59.26))
    assert (found.gpus_before, found.gpus_after, found.gpu_quota) == (1, 2, 4)
    assert "above the team's budget of 40.00" in found.approval


def test_a_changed_service_comes_instead_of_itself(portal, ahead):
    service = portal.deployed()["id"]
    found = ahead(10.0, 1, service_id=service)
    assert (found.usd_after, found.gpus_after, found.approval) == (10.0, 1, None)


def test_an_unknown_cost_needs_an_approver(portal, ahead):
    assert ahead(None, 1).approval == "its cost is not known"


def test_there_is_no_forecast_for_a_team_nobody_made(portal):
    with portal.parts.database.reading() as session:
        assert forecast(session, "none", 1.0, 1) is None
