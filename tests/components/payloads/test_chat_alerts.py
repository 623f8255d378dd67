"""Messages as AWS publishes them, posted to a chat that is a server of this machine; the webhook's address stays secret."""

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.payloads import chat_alerts
from components.payloads.chat_alerts import ChatError, body_of, handler, post, text_of

PATH = "/services/T0/B0/planted-webhook-token"
ALARM = {
    "AlarmName": "llm-dev-alb-targets",
    "AlarmDescription": "The gateway has no healthy target. Runbook: docs/runbooks/cloudwatch.md#alb-targets",
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
    "[Breaching].",
    "StateChangeTime": "2026-11-27T12:00:00.000+0000",
    "Region": "US East (N. Virginia)",
    "OldStateValue": "OK",
    "Trigger": {"Period": 60, "EvaluationPeriods": 3, "Threshold": 1.0},
}
ALERTMANAGER = """Cluster: llm-dev

FIRING LlmQueueLong (warning)
Requests of dev/qwen wait
7 requests for each replica wait
Labels: service=dev/qwen
Since: 2026-11-27 12:00:00 UTC
Runbook: docs/runbooks/LlmQueueLong.md
"""
BUDGET = """AWS Budget Notification November 27, 2026
AWS Account 123456789012

Dear AWS Customer,

You requested that we alert you when the ACTUAL Cost associated with your llm-dev budget is greater than $1,200.00 for the current month.

Budget Name: llm-dev
Budget Type: Cost
Budgeted Amount: $1,500.00
Alert Type: ACTUAL
Alert Threshold: > $1,200.00
ACTUAL Amount: $1,234.56
"""
EVENT = {
    "version": "0",
    "detail-type": "EC2 Spot Instance Interruption Warning",
    "source": "aws.ec2",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1a:instance/i-1"],
    "detail": {"instance-id": "i-1", "instance-action": "terminate"},
}


@dataclass
class Chat:
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    bodies: list[Any] = field(default_factory=list)


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chat.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(chat.statuses.pop(0) if chat.statuses else 200)
            for name, value in chat.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    chat.url = f"http://127.0.0.1:{server.server_port}{PATH}"
    yield chat
    server.shutdown()
    server.server_close()


@pytest.fixture
def secret(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }.items():
        monkeypatch.setenv(name, value)
    # The server of the tests has no certificate.
    monkeypatch.setattr(chat_alerts, "SCHEMES", ("https", "http"))
    chat_alerts._kept.clear()
    with mock_aws():
        store = boto3.client("secretsmanager")
        arn = store.create_secret(Name="chat-webhook", SecretString=chat.url)["ARN"]
        monkeypatch.setenv(chat_alerts.SECRET, arn)
        yield store
    chat_alerts._kept.clear()


def published(message: str, subject: str = "") -> dict[str, Any]:
    sns = {"Type": "Notification", "TopicArn": "arn:aws:sns:us-east-1:123456789012:llm-dev-alerts", "Message": message}
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns | ({"Subject": subject} if subject else {})}]}


def test_an_alarm_of_cloudwatch(chat: Chat, secret: Any) -> None:
    assert handler(published(json.dumps(ALARM), 'ALARM: "llm-dev-alb-targets"'), None) == {"posted": 1}
    (body,) = chat.bodies
    lines = body["text"].splitlines()
    assert lines[0] == "[FIRING] llm-dev-alb-targets"
    assert lines[1].endswith("docs/runbooks/cloudwatch.md#alb-targets")
    assert lines[3] == "Region: US East (N. Virginia), since 2026-11-27T12:00:00.000+0000"
    handler(published(json.dumps(ALARM | {"NewStateValue": "OK"})), None)
    assert chat.bodies[1]["text"].startswith("[RESOLVED] ")


@pytest.mark.parametrize(
    ("subject", "message", "first", "last"),
    [
        (
            "[FIRING:1] LlmQueueLong dev/qwen (llm-dev)",
            ALERTMANAGER,
            "[FIRING:1] LlmQueueLong dev/qwen (llm-dev)",
            "Runbook: docs/runbooks/LlmQueueLong.md",
        ),
        (
            "AWS Budgets: llm-dev has exceeded your alert threshold",
            BUDGET,
            "AWS Budgets: llm-dev has exceeded your alert threshold",
            "ACTUAL Amount: $1,234.56",
        ),
        (
            "",
            '"Spot interruption: EC2 takes instance i-1 away."',
            "Spot interruption: EC2 takes instance i-1 away.",
            None,
        ),
        (
            "",
            json.dumps(EVENT),
            "EC2 Spot Instance Interruption Warning (aws.ec2, us-east-1)",
            '{"instance-action": "terminate", "instance-id": "i-1"}',
        ),
        ("", "plain", "plain", None),
        ("", "12", "12", None),
    ],
    ids=["alertmanager", "budget", "transformed", "event", "plain", "number"],
)
def test_texts_of_the_other_services(subject: str, message: str, first: str, last: str | None) -> None:
    lines = text_of(subject, message).splitlines()
    assert lines[0] == first
    assert lines[-1] == (last or first)


def test_a_notice_of_a_budget_is_short() -> None:
    assert "Dear AWS Customer" not in text_of("AWS Budgets: a", BUDGET)


def test_nothing_in_a_text_calls_the_channel_or_hides_an_address() -> None:
    assert body_of("<!channel> <http://a|b> a & b", "hooks.slack.com") == {
        "text": "&lt;!channel&gt; &lt;http://a|b&gt; a &amp; b"
    }


def test_teams_gets_a_card() -> None:
    body = body_of("[FIRING] a\nb\n\nc", "x.webhook.office.com")
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [block["text"] for block in attachment["content"]["body"]] == ["[FIRING] a", "b", "c"]


def test_a_long_text_is_cut() -> None:
    assert len(body_of("a" * 10_000, "hooks.slack.com")["text"]) == chat_alerts.MOST_CHARACTERS + 1


def test_a_busy_chat_is_tried_again_after_the_time_that_it_names(chat: Chat, secret: Any) -> None:
    chat.statuses, chat.headers = [429, 503], {"Retry-After": "2"}
    waits: list[float] = []
    post("a", wait=waits.append)
    assert len(chat.bodies) == 3
    assert waits == [2, 2]


def test_attempts_and_waits_are_bounded_and_fit_into_the_run(chat: Chat, secret: Any) -> None:
    chat.statuses, chat.headers = [500] * 9, {"Retry-After": "600"}
    waits: list[float] = []
    with pytest.raises(ChatError, match="the chat answered 500, attempt 3 of 3"):
        post("a", wait=waits.append)
    assert len(chat.bodies) == 3
    assert waits == [chat_alerts.LONGEST_WAIT_SECONDS] * 2
    assert sum(waits) + 3 * chat_alerts.TIMEOUT_SECONDS < 30


@pytest.mark.parametrize("status", [302, 400, 403, 404])
def test_a_rejected_message_is_not_tried_again(chat: Chat, secret: Any, status: int) -> None:
    chat.statuses, chat.headers = [status], {"Location": "http://127.0.0.1:1/elsewhere"}
    with pytest.raises(ChatError, match=f"the chat answered {status}, attempt 1 of 3"):
        post("a")
    assert len(chat.bodies) == 1


def test_a_rotated_webhook_is_read_after_the_old_one_is_rejected(chat: Chat, secret: Any) -> None:
    post("a")
    arn = secret.list_secrets()["SecretList"][0]["ARN"]
    secret.put_secret_value(SecretId=arn, SecretString=chat.url.replace("planted", "rotated"))
    chat.statuses = [404]
    with pytest.raises(ChatError):
        post("b")
    assert chat_alerts.webhook().endswith("rotated-webhook-token")


@pytest.mark.parametrize(
    "text",
    [
        "http://plain.example.com/x",
        "ftp://a",
        "not a URL",
        '{"url": "https://a"}',
        "https://[",
        " ",
        f"https://a.example.com{PATH} # alerts",
        f"https://a.example.com{PATH}\nhttps://b.example.com{PATH}",
    ],
)
def test_a_secret_that_is_no_https_address_is_refused(secret: Any, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(chat_alerts, "SCHEMES", ("https",))
    arn = secret.list_secrets()["SecretList"][0]["ARN"]
    secret.put_secret_value(SecretId=arn, SecretString=text)
    with pytest.raises(ChatError, match="its text is not a URL that begins with https://: store the webhook's address"):
        post("a")


def test_a_secret_that_cannot_be_read_is_named(secret: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:gone-AbCdEf"
    monkeypatch.setenv(chat_alerts.SECRET, arn)
    with pytest.raises(ChatError, match=f"secret {arn} cannot be read: ResourceNotFoundException"):
        post("a")


def test_the_webhook_is_in_no_log_and_no_error(
    chat: Chat, secret: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    chat.statuses = [503, 200, 404]
    post("a", wait=lambda _: None)
    with pytest.raises(ChatError) as rejected:
        post("b")
    # A port that nothing listens on.
    arn = secret.list_secrets()["SecretList"][0]["ARN"]
    secret.put_secret_value(SecretId=arn, SecretString=f"http://127.0.0.1:1{PATH}")
    with pytest.raises(ChatError, match="is out of reach") as unreachable:
        post("c", wait=lambda _: None)
    secret.put_secret_value(SecretId=arn, SecretString=f"http://planted-host:planted-port{PATH}")
    with pytest.raises(ChatError, match="is out of reach") as odd:
        post("d", wait=lambda _: None)
    for error in (rejected.value, unreachable.value, odd.value):
        assert "planted" not in str(error)
        assert error.__cause__ is None
    ours = [record.getMessage() for record in caplog.records if record.name == "chat"]
    assert "posted, attempt 2" in ours
    assert not [message for message in ours if "planted" in message]
