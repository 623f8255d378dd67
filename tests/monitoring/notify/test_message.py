"""The message as Alertmanager writes it."""

import json
import subprocess

import pytest

from monitoring.notify.message import ATTRIBUTES, MAX_ALERTS, body, subject

pytestmark = pytest.mark.rehearsal
START = "2026-11-27T10:00:00Z"


def alert(status="firing", **labels):
    return {
        "status": status,
        "labels": {"alertname": "LlmQueueLong", "severity": "warning", "cluster": "llm-dev", **labels},
        "annotations": {
            "summary": f"Requests of {labels.get('service')} wait",
            "description": "Each replica has more requests waiting than it should.",
            "runbook_url": "https://docs.example/runbooks/LlmQueueLong.md",
        },
        "startsAt": START,
    }


def group(*alerts, **group_labels):
    status = "firing" if any(each["status"] == "firing" for each in alerts) else "resolved"
    common = set.intersection(*(set(each["labels"].items()) for each in alerts))
    return {
        "status": status,
        "alerts": list(alerts),
        "groupLabels": {"alertname": "LlmQueueLong", **group_labels},
        "commonLabels": dict(common),
    }


@pytest.fixture
def written(amtool, tmp_path):
    (tmp_path / "empty.tmpl").write_text("")

    def write(template, data):
        (tmp_path / "data.json").write_text(json.dumps(data))
        command = [
            amtool,
            "template",
            "render",
            f"--template.glob={tmp_path}/*.tmpl",
            f"--template.data={tmp_path}/data.json",
        ]
        return subprocess.run(
            [*command, f"--template.text={template}"], capture_output=True, text=True, check=True
        ).stdout

    return write


def test_a_message_says_what_where_why_and_what_to_do(written):
    text = written(body("llm-dev"), group(alert(service="dev/qwen"), service="dev/qwen"))
    assert text.splitlines() == [
        "Cluster: llm-dev",
        "",
        "FIRING LlmQueueLong (warning)",
        "Requests of dev/qwen wait",
        "Each replica has more requests waiting than it should.",
        "Labels: service=dev/qwen ",
        "Since: 2026-11-27 10:00:00 UTC",
        "Runbook: https://docs.example/runbooks/LlmQueueLong.md",
    ]


def test_what_ended_comes_last(written):
    text = written(body("llm-dev"), group(alert("resolved", node="a"), alert(node="b")))
    assert text.index("FIRING") < text.index("RESOLVED")


def test_a_large_group_is_cut_and_counted(written):
    alerts = [alert(node=f"node-{number}") for number in range(MAX_ALERTS + 30)]
    text = written(body("llm-dev"), group(*alerts))
    assert text.count("FIRING LlmQueueLong") == MAX_ALERTS
    assert f"FIRING: {len(alerts)} in all, the first {MAX_ALERTS} are here." in text


def test_the_subject_names_alert_service_and_cluster(written):
    assert written(subject("llm-dev"), group(alert(service="dev/qwen"), service="dev/qwen")) == (
        "[FIRING:1] LlmQueueLong dev/qwen (llm-dev)"
    )
    assert written(subject("llm-dev"), group(alert("resolved"))) == "[RESOLVED:1] LlmQueueLong (llm-dev)"


def test_sns_takes_any_subject(written):
    long = written(subject("llm-" + "c" * 90), group(alert(service="s" * 120), service="s" * 120))
    assert len(long) < 100
    assert long.isascii()
    assert long.isprintable()


def test_a_subscription_can_filter_by_what_a_group_has_in_common(written):
    data = group(alert(service="dev/qwen"), service="dev/qwen", severity="warning")
    assert {name: written(template, data) for name, template in ATTRIBUTES.items()} == {
        "status": "firing",
        "alertname": "LlmQueueLong",
        "severity": "warning",
        "service": "dev/qwen",
    }


@pytest.mark.parametrize(
    "data", [group(alert()), group(alert("resolved", severity="info"), alert(severity="critical"))]
)
def test_no_attribute_is_empty(written, data):
    assert all(written(template, data).strip() for template in ATTRIBUTES.values())
