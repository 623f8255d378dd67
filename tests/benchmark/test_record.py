"""Records, written and read again."""

import json
from datetime import UTC, datetime

import pytest

from benchmark.record import (
    RecordError,
    SentTo,
    ServicePrice,
    Subject,
    address_of,
    name_of,
    read,
    record,
    settings_hash,
)

SUBJECT = Subject(image="vllm/vllm-openai:v0.32.0", gpu="L40S", gpus=1, replicas=1, settings={"a": 1, "b": {"c": 2}})


def test_a_record_is_read_as_it_was_written() -> None:
    made = record(
        service="dev/chat",
        kind="standard",
        started=datetime(2026, 1, 31, 12, tzinfo=UTC),
        url="http://llm",
        sent_to=SentTo.GATEWAY,
        subject=SUBJECT,
        model="adapter",
        replicas_from="the settings",
        price=ServicePrice(usd_per_hour=1.5, source="list, 2026-07-20"),
    )
    assert read(json.dumps(made)) == made
    assert name_of(made) == "20260131T120000Z-standard.json"
    assert (made["service"], made["kind"], made["model"], made["url"]) == (
        "dev/chat",
        "standard",
        "adapter",
        "http://llm",
    )
    assert made["sent_to"] == "gateway"
    assert made["price"] == {"usd_per_hour": 1.5, "source": "list, 2026-07-20"}


def test_the_hash_is_of_the_settings_and_not_of_their_order() -> None:
    assert settings_hash({"a": 1, "b": 2}) == settings_hash({"b": 2, "a": 1})
    assert settings_hash({"a": 1}) != settings_hash({"a": 2})
    assert SUBJECT.as_json()["settings_hash"] == settings_hash({"a": 1, "b": {"c": 2}})
    assert Subject().as_json()["settings_hash"] is None


@pytest.mark.parametrize(
    ("document", "address"),
    [
        ({"sent_to": "pods", "url": "http://127.0.0.1:8000"}, "pods"),
        ({"sent_to": "gateway", "url": "https://llm"}, "https://llm"),
        (
            {"sent_to": "url", "url": "http://chat-benchmark.llm.svc.cluster.local:8000"},
            "http://chat-benchmark.llm.svc.cluster.local:8000",
        ),
        ({"url": "http://chat-benchmark.llm.svc.cluster.local:8000"}, "pods"),
        ({"url": "http://chat.llm.svc.cluster.local:8000"}, "http://chat.llm.svc.cluster.local:8000"),
        ({"url": "http://[bad"}, "http://[bad"),
        ({}, ""),
    ],
)
def test_the_address_of_a_record(document: dict[str, str], address: str) -> None:
    assert address_of(document) == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a record"),
        ("[]", "not a record"),
        ("{}", "not a record"),
        ("null", "not a record"),
        ('{"schema_version": 2}', "has schema version 2, and this program reads 1"),
        ('{"schema_version": 1, "runs": 1, "subject": {}}', "without runs or subject"),
        ("[" * 100_000, "not a record"),
    ],
)
def test_what_is_not_a_record(text: str, reason: str) -> None:
    with pytest.raises(RecordError, match=reason):
        read(text)
