"""The topic of all alerts: encrypted, by TLS, from three services of this account."""

import pulumi

from components.iam import PolicyDocument
from components.monitoring.cloud.topic import publish_statements
from tests.components.builders import document
from tests.components.monitoring.cloud.builders import alarms
from tests.harness import ACCOUNT, deploy

OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_topic_is_named_as_the_cluster_and_encrypted_with_a_key_of_its_own() -> None:
    made = alarms()
    topic, key = made.one("Topic"), made.one("Key")
    assert topic.inputs["name"] == "llm-dev-alerts"
    assert topic.inputs["kmsMasterKeyId"].endswith(key.name)
    assert key.inputs["enableKeyRotation"] is True
    assert made.exports["alerts_topic_arn"].endswith(topic.name)


def test_three_services_publish_and_none_else() -> None:
    statements = document(alarms().one("TopicPolicy"))
    allowed = {sid: one for sid, one in statements.items() if one["Effect"] == "Allow"}
    assert {one["Principal"]["Service"]: one.get("Condition") for one in allowed.values()} == {
        "cloudwatch.amazonaws.com": OF_ACCOUNT,
        "budgets.amazonaws.com": OF_ACCOUNT,
        # EventBridge fulfils no condition: with one, every event would be lost.
        "events.amazonaws.com": None,
    }
    assert all(one["Action"] == ["sns:Publish"] for one in statements.values())


def test_plain_http_is_refused_to_everybody() -> None:
    refused = document(alarms().one("TopicPolicy"))["RefusePlainHttp"]
    assert (refused["Effect"], refused["Principal"]) == ("Deny", "*")
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_who_publishes_may_use_the_key() -> None:
    statements = document(alarms().one("Key"))
    used = {
        one["Principal"]["Service"]: one.get("Condition")
        for one in statements.values()
        if "Service" in one["Principal"]
    }
    assert used == {
        "cloudwatch.amazonaws.com": OF_ACCOUNT,
        "budgets.amazonaws.com": OF_ACCOUNT,
        "events.amazonaws.com": None,
        "logs.us-east-1.amazonaws.com": {
            "ArnLike": {
                "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/*"
            }
        },
    }
    assert set(statements["EncryptEvents"]["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_the_account_may_change_the_policy_of_the_key_again() -> None:
    account = document(alarms().one("Key"))["AccountDecides"]
    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:CreateGrant"} <= set(account["Action"])


def test_a_role_that_publishes_needs_topic_and_key() -> None:
    def program() -> None:
        pulumi.export("policy", PolicyDocument(publish_statements("arn:aws:sns:t", "arn:aws:kms:k")).json)

    policy = deploy(program).exports["policy"]
    assert '"Action": ["sns:Publish"], "Resource": ["arn:aws:sns:t"]' in policy
    assert '"Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": ["arn:aws:kms:k"]' in policy
