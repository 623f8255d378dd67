import json

import pytest

from portal.web import logs

AT = {"at": 1_790_000_000.0}


@pytest.mark.parametrize(
    ("kind", "data", "classes", "text"),
    [
        (
            "resource",
            {"phase": "done", "op": "delete", "type": "aws.iam.Role", "name": "r"},
            "resource done",
            "✓ destroy r (aws.iam.Role)",
        ),
        ("message", {"severity": "error", "resource": "r", "text": "no"}, "message error", "error: r: no"),
        ("message", {"severity": "info", "resource": "", "text": "so"}, "message info", "info: so"),
        (
            "policy",
            {"level": "mandatory", "policy": "p", "resource": "r", "message": "m"},
            "policy mandatory",
            "mandatory guardrail p: m",
        ),
        ("summary", {"changes": {"create": 2, "same": 1}, "seconds": 3}, "summary", "2 create, 1 same in 3 s"),
        ("summary", {"changes": {}, "seconds": 3}, "summary", "nothing in 3 s"),
        ("note", {"text": "hello"}, "said", "hello"),
    ],
)
def test_an_event_is_a_line(kind, data, classes, text):
    found = logs.line(7, kind, AT | data)
    assert (found.seq, found.kind, found.text) == (7, classes, text)
    assert found.time == "14:13:20"
    assert found.done is ("done" in classes)


def test_the_stream_has_the_lines_after_the_last_one_seen(portal):
    job = portal.rosa.ask().json()["job"]
    portal.work()
    rosa = portal.browser("rosa")
    text = rosa.get(f"/jobs/{job}/log").text
    assert ("event: line\n" in text, "\nid: 1\n" in text) == (True, True)
    line = json.loads(next(each for each in text.splitlines() if each.startswith("data: "))[6:])
    assert line["text"] == "preview of dev-search"
    for again in (rosa.get(f"/jobs/{job}/log?after=1"), rosa.get(f"/jobs/{job}/log", headers={"last-event-id": "1"})):
        assert "event: line" not in again.text
        assert '{"status": "succeeded", "error": null}' in again.text


def test_the_stream_is_for_the_team_only(portal):
    job = portal.rosa.ask().json()["job"]
    assert portal.browser("otto").get(f"/jobs/{job}/log").status_code == 404
    assert portal.browser("rosa").get(f"/jobs/{job}/log", headers={"last-event-id": "x"}).status_code == 422
