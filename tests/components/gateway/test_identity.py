"""What the gateway may do: in AWS by leading keys, in the cluster without any Secret."""

import fnmatch
import json

from components.gateway.context import USAGE_FOLDER
from gateway.store import items, monthly
from tests.components.gateway.builders import gateway
from tests.harness import ARCHIVE

MADE = gateway()
STATEMENTS = {one["Sid"]: one for one in json.loads(MADE.one("RolePolicy").inputs["policy"])["Statement"]}


def admitted(sid: str, partition: str) -> bool:
    condition = STATEMENTS[sid]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    return any(fnmatch.fnmatchcase(partition, one) for one in condition)


def test_it_writes_counters_and_usage_and_no_key_and_no_limit() -> None:
    written = [
        items.used_place("d")[0],
        items.count_place("t", 1)[0],
        items.day_place("t", "2026-11-27")[0],
        items.month_place("t", "2026-11")[0],
        items.usage_partition("t"),
    ]
    assert all(admitted("WriteCounters", partition) for partition in written)
    kept = [items.key_place("d")[0], items.limits_place("t")[0], items.entry_place("t", "s", "d")[0], items.TENANTS]
    assert not any(admitted("WriteCounters", partition) for partition in kept)
    assert all(admitted("ReadTable", partition) for partition in (*written[1:], *kept))
    assert not admitted("ReadTable", written[0])
    assert not {"dynamodb:DeleteItem", "dynamodb:Scan", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem"} & {
        action for one in STATEMENTS.values() for action in one["Action"]
    }


def test_of_the_bucket_it_reads_its_one_archive_and_writes_usage() -> None:
    assert STATEMENTS["GetArchive"]["Resource"] == [f"arn:aws:s3:::models-1/gateway/{ARCHIVE.stem}.zip"]
    assert STATEMENTS["PutUsage"]["Resource"] == ["arn:aws:s3:::models-1/gateway/usage/*"]


def test_usage_is_written_where_the_role_may() -> None:
    assert USAGE_FOLDER == monthly.FOLDER


def test_the_key_is_used_through_the_two_services_only() -> None:
    assert {
        one["Condition"]["StringEquals"]["kms:ViaService"] for one in STATEMENTS.values() if "Key" in one["Sid"]
    } == {
        "dynamodb.us-east-1.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
    }


def test_its_role_is_of_its_service_account_alone() -> None:
    role = MADE.one("Role", "llm-gateway")
    trust = json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Condition"]["StringEquals"]
    assert "system:serviceaccount:llm-gateway:gateway" in trust.values()
    assert role.inputs["permissionsBoundary"]


def test_it_finds_services_and_reads_no_secret() -> None:
    rules = MADE.one("ClusterRole").inputs["rules"]
    assert {resource for rule in rules for resource in rule["resources"]} == {
        "namespaces",
        "services",
        "endpointslices",
    }
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    subject = MADE.one("ClusterRoleBinding").inputs["subjects"][0]
    assert (subject["kind"], subject["name"], subject["namespace"]) == ("ServiceAccount", "gateway", "llm-gateway")
