"""The function of the chat: small rights, a bounded run, and a place for what it could not post."""

from components.monitoring.cloud.chat import CODE, WEBHOOK_VARIABLE
from components.payloads import chat_alerts
from tests.components.builders import BOUNDARY, document
from tests.components.monitoring.cloud.builders import SECRET, alarms, whole
from tests.harness import ACCOUNT


def test_the_function_is_small_and_bounded() -> None:
    made = whole().one("Function")
    inputs = made.inputs
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])
    assert (inputs["timeout"], inputs["reservedConcurrentExecutions"]) == (30, 2)
    assert inputs["environment"]["variables"] == {chat_alerts.SECRET: SECRET}
    assert inputs["handler"] == f"{CODE.stem}.handler"
    assert hasattr(chat_alerts, "handler")
    assert WEBHOOK_VARIABLE == chat_alerts.SECRET
    assert inputs["deadLetterConfig"]["targetArn"].endswith(":llm-alarms-chat")


def test_its_logs_are_kept_for_a_time_and_encrypted_before_it_writes_any() -> None:
    group = whole().one("LogGroup").inputs
    assert (group["name"], group["retentionInDays"]) == ("/aws/lambda/llm-dev-alerts-chat", 90)
    assert group["kmsKeyId"].endswith(f":{whole().one('Key').name}")
    assert whole().one("LogGroup").urn in whole().one("Function").depends_on


def test_the_role_reads_one_secret_and_writes_its_logs_and_dead_letters() -> None:
    statements = document(whole().one("RolePolicy"))
    assert {action: one["Resource"] for one in statements.values() for action in one["Action"]} == {
        "logs:CreateLogStream": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:llm-alarms-chat:*"],
        "logs:PutLogEvents": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:llm-alarms-chat:*"],
        "secretsmanager:GetSecretValue": [SECRET],
        "sqs:SendMessage": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:llm-alarms-chat"],
    }
    role = whole().one("Role").inputs
    assert role["permissionsBoundary"] == BOUNDARY
    assert document(whole().one("Role"), "assumeRolePolicy")["TrustService"]["Principal"] == {
        "Service": "lambda.amazonaws.com"
    }


def test_only_the_topic_invokes_it_and_undelivered_messages_are_kept() -> None:
    permission = whole().one("Permission").inputs
    assert permission["principal"] == "sns.amazonaws.com"
    assert permission["sourceArn"].endswith(f":{whole().one('Topic').name}")
    (subscription,) = [one for one in whole().of_type("TopicSubscription") if one.inputs["protocol"] == "lambda"]
    assert "deadLetterTargetArn" in subscription.inputs["redrivePolicy"]
    assert whole().one("Permission").urn in subscription.depends_on
    sends = document(whole().one("QueuePolicy"))["SendUndelivered"]
    assert sends["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(f":{whole().one('Topic').name}")


def test_emails_are_subscribed() -> None:
    (mail,) = [one for one in whole().of_type("TopicSubscription") if one.inputs["protocol"] == "email"]
    assert (mail.name, mail.inputs["endpoint"]) == ("llm-alarms-on-call-example-com", "on-call@example.com")


def test_without_a_secret_there_is_no_function() -> None:
    assert alarms().of_type("Function") == alarms().of_type("LogGroup") == []
