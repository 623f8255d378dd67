"""Streams, services and gateways that log prompts and answers, with and without consent."""

import json
from typing import Any

from tests.policies.examples import Examples
from tests.policies.judging import Case, Given, U, case

STREAM = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
SERVICE = "kubernetes:core/v1:Service"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
AGREED = {"response-logs-consent": "DPO DP-1"}
RESPONSES = {"prefix": "logs/responses/!{timestamp:yyyy}/", "kmsKeyArn": U}
CONSENT = {"consent": "CTO, T-1", "tenants": ["acme"], "sample": 0.1, "max_bytes": 4096, "redact": []}


def stream(note: str, config: Any, **props: Any) -> Case:
    return case(note, Given(STREAM, {"destination": "extended_s3", "extendedS3Configuration": config, **props}))


def service(note: str, annotation: Any) -> Case:
    text = annotation if annotation is U or isinstance(annotation, str) else json.dumps(annotation)
    return case(note, Given(SERVICE, {"metadata": {"annotations": {"llm-platform/response-logs": text}}}))


def gateway(note: str, **document: Any) -> Case:
    return case(note, Given(CONFIG_MAP, {"metadata": {}, "data": {"gateway.json": json.dumps(document)}}))


EXAMPLES = {
    "response-logs-consent": Examples(
        passes=(
            stream("with consent", RESPONSES, tags=AGREED),
            stream("of something else", {"prefix": "logs/waf/"}),
            service("with consent", CONSENT),
            case("a service without any", Given(SERVICE, {"metadata": {"name": "qwen"}})),
            gateway("with consent", response_logs={"stream": "llm-dev-responses", "consent": "DPO DP-1"}),
            gateway("without response logs", stack="dev"),
            case("another ConfigMap", Given(CONFIG_MAP, {"metadata": {}, "data": {"rules.yaml": "groups: []"}})),
        ),
        fails=(
            stream("without a tag", RESPONSES),
            stream("an empty tag", RESPONSES, tags={"response-logs-consent": ""}),
            stream("without a key", {"prefix": "logs/responses/"}, tags=AGREED),
            service("no consent", {**CONSENT, "consent": " "}),
            service("no tenant", {**CONSENT, "tenants": []}),
            service("every tenant", {**CONSENT, "tenants": ["*"]}),
            service("not JSON", "yes"),
            gateway("without consent", response_logs={"stream": "llm-dev-responses"}),
            gateway("something else", response_logs=True),
        ),
        unknown=(
            stream("prefix", {"prefix": U}, tags=AGREED),
            stream("tags", RESPONSES, tags=U),
            service("annotation", U),
        ),
        other=Given("aws:ec2/eip:Eip", {"domain": "vpc"}),
    ),
}
