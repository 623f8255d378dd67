"""Rules on response logs: prompts and answers are kept only where a consent is stated."""

import json
from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Value, get_path, objects, require

STREAM: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
SERVICE: Final = "kubernetes:core/v1:Service"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
ANNOTATION: Final = "llm-platform/response-logs"
TAG: Final = "response-logs-consent"
PREFIX: Final = "logs/responses"
_FILE: Final = "gateway.json"


def _consent(subject: Subject) -> Findings:
    if subject.type == STREAM:
        for config in objects(subject.props.get("extendedS3Configuration")):
            yield from guard(_stream(subject, config))
    elif subject.type == SERVICE:
        yield from _service(subject)
    else:
        yield from _gateway(subject)


def _stream(subject: Subject, config: Value) -> Findings:
    prefix = require(config, "prefix", of=" of extendedS3Configuration")
    if not str(prefix or "").lstrip("/").startswith(PREFIX):
        return
    if not subject.value("tags", TAG):
        yield Finding(f"delivers to {PREFIX}/ without the tag {TAG}, which states who agreed")
    # A key that the same update makes is unknown in its preview, and a key.
    if config.get("kmsKeyArn") in (None, ""):
        yield Finding(f"delivers to {PREFIX}/ without kmsKeyArn: who reads the bucket reads prompts")


def _service(subject: Subject) -> Findings:
    given = get_path(subject.props, "metadata", "annotations", ANNOTATION)
    if given is UNKNOWN:
        # The other annotations of a first preview are unknown with it: only one that is named may be a consent.
        annotations = get_path(subject.props, "metadata", "annotations")
        if annotations is not UNKNOWN:
            yield Unknown(f"the annotation {ANNOTATION} is unknown")
        return
    if given is None:
        return
    document = _parsed(given)
    if document is None:
        yield Finding(f"the annotation {ANNOTATION} is not a JSON object")
        return
    if not _text(document.get("consent")):
        yield Finding(f"the annotation {ANNOTATION} has no consent")
    tenants = document.get("tenants")
    named = isinstance(tenants, list) and tenants and all(_text(one) and "*" not in one for one in tenants)
    if not named:
        yield Finding(f"the annotation {ANNOTATION} does not name each tenant")


def _gateway(subject: Subject) -> Iterator[Finding]:
    """A gateway's configuration, whose text is known in the update: it has the name of a bucket."""
    text = get_path(subject.props, "data", _FILE)
    document = _parsed(text) if isinstance(text, str) else None
    logs = document.get("response_logs") if document else None
    if logs is not None and not (isinstance(logs, dict) and _text(logs.get("consent"))):
        yield Finding(f"{_FILE} has response_logs without a consent")


def _parsed(text: Value) -> dict[str, Value] | None:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())


RULES: Final = (
    Rule(
        id="response-logs-consent",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a stream, a service or a gateway that logs prompts and answers without a stated consent",
        why="Prompts are what people write in confidence: keeping them needs their agreement, and a place that few can read.",
        fix="state gateway.response_logs.consent, and response_logs.consent with each tenant by name in the service",
        benchmarks="",
        types=frozenset({STREAM, SERVICE, CONFIG_MAP}),
        judge=_consent,
    ),
)
