"""The budget of a stack's tag, with notices at 80 % and 100 %, and of the forecast."""

import pytest

from components.monitoring.cloud.spending import Spending
from tests.components.monitoring.cloud.builders import alarms, whole


def test_the_budget_is_that_of_the_settings_for_the_stacks_tag() -> None:
    made = whole().one("Budget")
    assert (made.inputs["name"], made.inputs["limitAmount"], made.inputs["timeUnit"]) == ("llm-dev", "1500", "MONTHLY")
    assert made.inputs["costFilters"] == [{"name": "TagKeyValue", "values": ["user:stack$dev"]}]
    notices = made.inputs["notifications"]
    assert [(one["notificationType"], one["threshold"]) for one in notices] == [
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    topic = whole().one("Topic").name
    assert all(one["subscriberSnsTopicArns"][0].endswith(f":{topic}") for one in notices)
    assert whole().one("TopicPolicy").urn in made.depends_on


@pytest.mark.parametrize(
    ("usd", "amount"),
    [(1_000_000, "1000000"), (1_234_567.89, "1234567.89"), (123_456.7, "123456.7"), (0.00001, "0.00001")],
)
def test_an_amount_has_all_its_digits_and_no_exponent(usd: float, amount: str) -> None:
    made = alarms(spending=Spending(usd_per_month=usd, stack="dev")).one("Budget")
    assert made.inputs["limitAmount"] == amount


def test_a_stack_without_budget_has_none() -> None:
    assert alarms().of_type("Budget") == []
