"""Lambda function that posts messages of the topic of alerts to a chat's incoming webhook.

Takes alarms of CloudWatch, texts of Alertmanager, events of EventBridge and notices of AWS Budgets, and posts the JSON of Slack
(which Mattermost, Rocket.Chat and Google Chat take too) or, to a webhook of Microsoft Teams, an Adaptive Card. The webhook's URL
is itself a secret: it is read from Secrets Manager and appears in no log and no error. Uses the standard library and boto3 alone,
which Lambda's runtime has.
"""

import http.client
import json
import logging
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

log = logging.getLogger("chat")
log.setLevel(logging.INFO)

SECRET: Final = "CHAT_WEBHOOK_SECRET_ARN"  # noqa: S105 - name of a variable
SCHEMES: Final = ("https",)
ATTEMPTS: Final = 3
TIMEOUT_SECONDS: Final = 5
LONGEST_WAIT_SECONDS: Final = 4
"""Three attempts and the waits between them end within the function's 30 seconds."""
KEPT_SECONDS: Final = 300
"""How long the URL is kept: a rotated one is used after it, or at once when the chat rejects the old one."""
MOST_CHARACTERS: Final = 3500
_PRINTABLE: Final = re.compile(r"[!-~]+")
"""Characters of an address: urllib shows the whole of one with any other in its error."""
_TEAMS: Final = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
_BUDGET_LINES: Final = (
    "Budget Name",
    "Budgeted Amount",
    "Alert Type",
    "Alert Threshold",
    "ACTUAL Amount",
    "FORECASTED Amount",
)
_kept: dict[str, tuple[float, str]] = {}


class ChatError(Exception):
    """A message cannot be posted; Lambda tries it again twice, then puts it into the dead-letter queue."""


def handler(event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Post every message of an event of SNS; return how many there were."""
    records = event.get("Records") or []
    for record in records:
        notice = record["Sns"]
        post(text_of(str(notice.get("Subject") or ""), str(notice["Message"])))
    return {"posted": len(records)}


def text_of(subject: str, message: str) -> str:
    """Return the text of a message, whichever service published it."""
    parsed = _parsed(message)
    if isinstance(parsed, Mapping) and "AlarmName" in parsed:
        return _of_alarm(parsed)
    if isinstance(parsed, Mapping) and "detail-type" in parsed:
        return _of_event(parsed)
    if isinstance(parsed, str):
        # A rule of EventBridge writes a text as JSON: with quotation marks.
        return parsed
    if subject.startswith("AWS Budgets"):
        return _of_budget(subject, message)
    return f"{subject}\n{message.strip()}" if subject else message.strip()


def _parsed(message: str) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return None


def _of_alarm(alarm: Mapping[str, Any]) -> str:
    heading = {"ALARM": "FIRING", "OK": "RESOLVED"}.get(str(alarm.get("NewStateValue")), "NO DATA")
    lines = [
        f"[{heading}] {alarm['AlarmName']}",
        str(alarm.get("AlarmDescription") or ""),
        str(alarm.get("NewStateReason") or ""),
        f"Region: {alarm.get('Region', '')}, since {alarm.get('StateChangeTime', '')}",
    ]
    return "\n".join(line for line in lines if line)


def _of_event(event: Mapping[str, Any]) -> str:
    resources = ", ".join(map(str, event.get("resources") or []))
    lines = [f"{event['detail-type']} ({event.get('source', '')}, {event.get('region', '')})", resources]
    lines.append(json.dumps(event.get("detail", {}), sort_keys=True))
    return "\n".join(line for line in lines if line)


def _of_budget(subject: str, message: str) -> str:
    lines = [line.strip() for line in message.splitlines()]
    return "\n".join([subject, *(line for line in lines if line.startswith(_BUDGET_LINES))])


def body_of(text: str, host: str) -> dict[str, Any]:
    """Return what the chat at ``host`` takes.

    In Slack's text, ``<!channel>`` would call everybody and ``<a|b>`` show another address than it opens: they are escaped
    ("Formatting text for app surfaces", api.slack.com).
    """
    short = text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"
    if not host.endswith(_TEAMS):
        return {"text": short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}
    first, _, rest = short.partition("\n")
    blocks: list[dict[str, Any]] = [{"type": "TextBlock", "text": first, "weight": "Bolder", "wrap": True}]
    blocks += [{"type": "TextBlock", "text": line, "wrap": True} for line in rest.splitlines() if line]
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


def post(text: str, *, wait: Callable[[float], None] = time.sleep) -> None:
    """Post a text, with another attempt where the chat is busy or out of reach.

    Raises:
        ChatError: the secret is not a URL, the chat rejects the message, or no attempt succeeded. Its message has no URL.
    """
    for attempt in range(1, ATTEMPTS + 1):
        url = webhook()
        problem, pause = _once(url, text)
        if problem is None:
            log.info("posted, attempt %d", attempt)
            return
        if pause is None or attempt == ATTEMPTS:
            _kept.clear()
            raise ChatError(f"the chat {problem}, attempt {attempt} of {ATTEMPTS}")
        log.warning("the chat %s; attempt %d follows", problem, attempt + 1)
        wait(min(pause or 2 ** (attempt - 1), LONGEST_WAIT_SECONDS))


def webhook() -> str:
    """Return the webhook's URL.

    Raises:
        ChatError: the secret cannot be read, or has no URL that begins with https.
    """
    secret = os.environ[SECRET]
    until, url = _kept.get(secret, (0.0, ""))
    if time.monotonic() < until:
        return url
    config = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})
    try:
        url = str(
            boto3.client("secretsmanager", config=config).get_secret_value(SecretId=secret)["SecretString"]
        ).strip()
    except Exception as error:  # noqa: BLE001 - whatever boto3 raises, the message is not posted
        raise ChatError(f"secret {secret} cannot be read: {type(error).__name__}: {error}") from None
    parts = _split(url)
    if parts is None or parts[0] not in SCHEMES:
        raise ChatError(
            f"secret {secret}: its text is not a URL that begins with https://: store the webhook's address alone"
        )
    _kept[secret] = (time.monotonic() + KEPT_SECONDS, url)
    return url


def _split(url: str) -> tuple[str, str] | None:
    if not _PRINTABLE.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname) if parts.hostname else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would hand the message to another host."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def _once(url: str, text: str) -> tuple[str | None, float | None]:
    """Post once: what went wrong, None if nothing did; and the seconds to wait, 0 for the usual, None for no attempt more."""
    host = (_split(url) or ("", ""))[1]
    data = json.dumps(body_of(text, host)).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST")  # noqa: S310 - https
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_SECONDS):
            return None, None
    except urllib.error.HTTPError as error:
        busy = error.code == 429 or error.code >= 500
        return f"answered {error.code}", _seconds(error.headers.get("Retry-After")) if busy else None
    except (OSError, ValueError, http.client.HTTPException) as error:
        return f"is out of reach ({type(error).__name__})", 0.0


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdigit() else 0.0
