"""The budget of a stack's tag, with notices at 80 % and 100 %, and of the forecast."""

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


def test_a_stack_without_budget_has_none() -> None:
    assert alarms().of_type("Budget") == []
