from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.policy.answers import RefusalError
from gateway.policy.limits.budget import Budgets
from gateway.store.limits import Limits
from gateway.store.usage import Spend

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
TOMORROW = NOON + 86_400


@pytest.fixture
def budgets():
    found = Budgets()
    found.configure(Limits(usd_per_day=Decimal(1), usd_per_month=Decimal(10)))
    found.check(NOON)
    return found


def refused(budgets, epoch):
    with pytest.raises(RefusalError) as caught:
        budgets.check(epoch)
    assert (caught.value.status, caught.value.code) == (429, "insufficient_quota")
    return caught.value


def test_without_budgets_nothing_is_refused():
    free = Budgets()
    free.configure(Limits())
    free.settle(0, 10**12, day=free.period)
    free.check(NOON)
    assert free.notice() == ""


def test_a_days_budget_is_spent_until_midnight(budgets):
    budgets.settle(0, 999_999, day=budgets.period)
    budgets.check(NOON)
    budgets.settle(0, 1, day=budgets.period)
    assert "a day is spent" in str(refused(budgets, NOON))
    budgets.check(TOMORROW)


def test_a_months_budget_ends_with_the_month(budgets):
    budgets.read(Spend(day=0, month=10_000_000), "2026-11-30")
    assert "$10.00 a month" in str(refused(budgets, NOON))
    budgets.check(TOMORROW)  # the first of December


def test_requests_in_flight_count_as_if_they_cost_the_most(budgets):
    budgets.held += 1_000_000
    refused(budgets, NOON)
    budgets.settle(1_000_000, 10, day=budgets.period)
    budgets.check(NOON)


def test_the_table_and_what_it_lacks_yet(budgets):
    budgets.settle(0, 500_000, day=budgets.period)
    budgets.read(Spend(day=200_000, month=200_000), "2026-11-30")  # written before the last requests
    assert budgets.spent_day == 500_000
    budgets.read(Spend(day=900_000, month=900_000), "2026-11-30")  # others spent too
    assert budgets.notice() == "day=90%, month=9%"


def test_a_new_day_begins_with_nothing(budgets):
    budgets.settle(0, 900_000, day=budgets.period)
    budgets.read(Spend(day=5, month=905), "2026-12-01")
    assert (budgets.spent_day, budgets.spent_month) == (5, 905)


@pytest.mark.parametrize(
    ("began", "ended", "of_day", "of_month"),
    [
        ("2026-11-30", TOMORROW, 0, 0),
        ("2026-11-29", NOON, 0, 300_000),
        ("2026-11-30", NOON, 300_000, 300_000),
        ("", NOON, 0, 0),
    ],
)
def test_an_answer_that_ends_on_another_day_belongs_to_the_day_on_which_it_began(
    budgets, began, ended, of_day, of_month
):
    budgets.held = 500_000
    budgets.check(ended)
    budgets.settle(500_000, 200_000, unseen=100_000, day=began)
    assert budgets.held == 0
    assert budgets.spent_day + budgets.unseen_day == of_day
    assert budgets.spent_month + budgets.unseen_month == of_month


def test_a_reading_that_came_after_midnight_leaves_the_new_days_spend(budgets):
    budgets.check(TOMORROW)  # December's first day
    budgets.settle(0, 400_000, unseen=300_000, day=budgets.period)
    budgets.read(Spend(day=900_000, month=9_900_000), "2026-11-30")
    budgets.settle(0, 300_000, day=budgets.period)
    refused(budgets, TOMORROW)
    assert (budgets.spent_month, budgets.unseen_month) == (700_000, 300_000)


@pytest.mark.parametrize(("spent", "notice"), [(799_999, ""), (800_000, "day=80%, month=8%")])
def test_the_notice_comes_at_80_percent(budgets, spent, notice):
    budgets.settle(0, spent, day=budgets.period)
    assert budgets.notice() == notice


def test_what_clients_that_left_may_have_cost_counts_beside_what_the_table_has(budgets):
    budgets.settle(0, 0, 600_000, day=budgets.period)
    budgets.read(Spend(day=300_000, month=300_000), "2026-11-30")
    budgets.check(NOON)
    assert budgets.notice() == "day=90%, month=9%"
    budgets.settle(0, 0, 100_000, day=budgets.period)
    assert "a day is spent" in str(refused(budgets, NOON))
    budgets.check(TOMORROW)
    assert (budgets.unseen_day, budgets.unseen_month) == (0, 0)


@pytest.mark.parametrize(
    ("at", "seconds"), [("2026-11-30T23:59:30", 30), ("2026-11-30T12:00:00", 3600), ("2026-12-31T23:00:01", 3599)]
)
@pytest.mark.parametrize("spend", [Spend(day=0, month=10_000_000), Spend(day=1_000_000, month=0)])
def test_it_says_to_come_back_when_the_day_or_month_has_ended_or_in_an_hour(budgets, spend, at, seconds):
    moment = datetime.fromisoformat(f"{at}+00:00")
    budgets.read(spend, f"{moment:%Y-%m-%d}")
    assert refused(budgets, moment.timestamp()).headers["retry-after"] == str(seconds)


def test_a_month_that_has_not_ended_is_waited_for_by_the_hour(budgets):
    budgets.read(Spend(day=0, month=10_000_000), "2026-12-01")
    assert refused(budgets, datetime(2026, 12, 1, 23, 59, 30, tzinfo=UTC).timestamp()).headers["retry-after"] == "3600"
