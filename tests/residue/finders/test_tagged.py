import pytest

from residue.finders.tagged import find
from tests.residue.account import context

KEY = "arn:aws:kms:us-east-1:123456789012:key/1111"


def listed(*arns: str) -> dict[str, object]:
    return {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in arns]}


def test_a_key_bills_until_its_deletion_is_scheduled() -> None:
    (found,) = find(context(get_resources=listed(KEY), describe_key={"KeyMetadata": {"KeyState": "Enabled"}}))
    assert (found.kind, found.usd_per_month) == ("KMS key", 1.0)
    assert "schedule-key-deletion --region us-east-1 --key-id 1111 --pending-window-in-days 7" in found.command
    pending = {"KeyMetadata": {"KeyState": "PendingDeletion"}}
    assert list(find(context(get_resources=listed(KEY), describe_key=pending))) == []


def test_what_the_tagging_api_still_lists_after_its_deletion_is_not_left() -> None:
    assert list(find(context(get_resources=listed("arn:aws:s3:::models-1", KEY)))) == []


def test_a_retained_bucket_is_kept_on_purpose() -> None:
    answers = {"get_resources": listed("arn:aws:s3:::models-1"), "head_bucket": {}}
    assert [one.kept for one in find(context(keeps_bucket=True, **answers))] == ["bucket.retain"]
    assert [one.kept for one in find(context(**answers))] == [""]


@pytest.mark.parametrize("arn", ["arn:aws:ec2:us-east-1:1:vpc/vpc-1", "arn:aws:eks:us-east-1:1:cluster/llm-dev"])
def test_what_other_files_list_is_not_listed_twice(arn: str) -> None:
    assert list(find(context(get_resources=listed(arn)))) == []


def test_a_service_nothing_is_known_of_is_reported_by_its_arn() -> None:
    arn = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-1"
    (found,) = find(context(get_resources=listed(arn)))
    assert (found.kind, found.id, found.usd_per_month) == ("resource of fsx", arn, None)


def test_every_page_is_read() -> None:
    def pages(TagFilters: list[object], PaginationToken: str = "") -> dict[str, object]:  # noqa: N803  AWS's spelling
        assert len(TagFilters) == 2
        page = "2" if PaginationToken else "1"
        more = {} if PaginationToken else {"PaginationToken": "more"}
        return listed(f"arn:aws:sqs:us-east-1:1:queue-{page}") | more

    def url(QueueName: str) -> dict[str, object]:  # noqa: N803  AWS's spelling
        return {"QueueUrl": f"https://sqs.us-east-1.amazonaws.com/1/{QueueName}"}

    assert [one.id for one in find(context(get_resources=pages, get_queue_url=url))] == ["queue-1", "queue-2"]


@pytest.mark.parametrize("protected", [False, True])
def test_a_table_names_its_protection(*, protected: bool) -> None:
    answers = {
        "get_resources": listed("arn:aws:dynamodb:us-east-1:123456789012:table/llm-dev-gateway"),
        "describe_table": {"Table": {"DeletionProtectionEnabled": protected}},
    }
    (found,) = find(context(**answers))
    assert (found.kind, found.id) == ("DynamoDB table", "llm-dev-gateway")
    assert found.command.endswith("dynamodb delete-table --region us-east-1 --table-name llm-dev-gateway")
    assert ("--no-deletion-protection-enabled first" in found.detail) is protected


def test_a_table_that_is_gone_is_not_left() -> None:
    assert list(find(context(get_resources=listed("arn:aws:dynamodb:us-east-1:1:table/gone")))) == []
