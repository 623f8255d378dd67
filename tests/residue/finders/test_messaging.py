import pytest

from residue.finders import tagged
from residue.finders.messaging import find
from tests.residue.account import context

ARN = "arn:aws:sqs:us-east-1:123456789012:llm-dev"
URL = "https://sqs.us-east-1.amazonaws.com/123456789012/llm-dev"
QUEUE = {"get_queue_url": {"QueueUrl": URL}, "get_queue_attributes": {"Attributes": {"QueueArn": ARN}}}
TARGETS = {"list_targets_by_rule": {"Targets": [{"Id": "queue", "Arn": ARN}]}}


def test_the_rules_of_the_queue_come_before_it_and_their_targets_before_them() -> None:
    rules = {"list_rule_names_by_target": {"RuleNames": ["llm-dev-spot"]}}
    rule, queue = find(context(**QUEUE, **rules, **TARGETS))
    assert (rule.kind, rule.id, rule.detail) == ("EventBridge rule", "llm-dev-spot", "1 target")
    assert rule.command == (
        "aws events remove-targets --region us-east-1 --rule llm-dev-spot --ids queue && "
        "aws events delete-rule --region us-east-1 --name llm-dev-spot"
    )
    assert (queue.kind, queue.id, queue.found_by) == ("SQS queue", "llm-dev", "name llm-dev")
    assert queue.command == f"aws sqs delete-queue --region us-east-1 --queue-url {URL}"


def test_a_queue_is_named_by_the_url_that_aws_gives_it() -> None:
    url = "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/llm-dev"
    answers = {**QUEUE, "get_queue_url": {"QueueUrl": url}, "list_rule_names_by_target": {"RuleNames": []}}
    (queue,) = find(context(**answers))
    assert (queue.id, queue.command.rpartition(" ")[2]) == ("llm-dev", url)


def test_a_queue_that_is_gone_leaves_nothing() -> None:
    assert list(find(context())) == []


@pytest.mark.parametrize("answers", [{}, {"get_queue_url": {"QueueUrl": URL}, **TARGETS}])
def test_by_tag_they_are_found_without_the_name_and_unless_they_are_gone(answers: dict[str, object]) -> None:
    arns = (ARN, "arn:aws:events:us-east-1:123456789012:rule/other")
    listed = {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]}
    found = list(tagged.find(context(get_resources=listed, **answers)))
    assert [one.id for one in found] == (["llm-dev", "other"] if answers else [])
    assert all("delete-" in one.command for one in found)
