"""Subscriptions: endpoints of their protocol, confirmed or pending, and functions that exist."""

import pytest

from rehearsal.plugins.errors import ProviderError
from tests.rehearsal.aws.scene import Scene

KIND = "aws:sns/topicSubscription:TopicSubscription"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "problem"),
    [
        ("mail", "a@example.com", "protocol: mail is not one of email, email-json, firehose"),
        ("email", "nobody", "endpoint: nobody is not an endpoint of protocol email"),
        ("https", "http://hook.example.com", "endpoint: http://hook.example.com is not an endpoint of protocol https"),
        ("lambda", "arn:aws:sqs:us-east-1:123456789012:q", "is not an endpoint of protocol lambda"),
    ],
)
def test_an_endpoint_has_the_form_of_its_protocol(stack, protocol, endpoint, problem):
    (found,) = stack.problems(KIND, {"topic": "t", "protocol": protocol, "endpoint": endpoint})
    assert problem in found


def test_an_email_waits_for_its_reader(stack):
    topic = Scene(stack).topic()
    mail = stack.create(KIND, "mail", topic=topic.id, protocol="email", endpoint="on-call@example.com")
    queue = stack.create(KIND, "queue", topic=topic.id, protocol="sqs", endpoint=Scene(stack).queue()["arn"])
    assert (mail["pendingConfirmation"], mail["confirmationWasAuthenticated"]) == (True, False)
    assert (queue["pendingConfirmation"], queue["confirmationWasAuthenticated"]) == (False, True)


def test_a_function_must_exist(stack):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:none"
    with pytest.raises(ProviderError, match="ResourceNotFoundException"):
        stack.create(KIND, "it", topic=Scene(stack).topic().id, protocol="lambda", endpoint=arn)
