from monitoring.rules.rule import Alert, Group, Record


def test_a_record_is_one_line_with_its_labels():
    record = Record(name="a:b", expr="\n  sum by (x)\n    (c[5m])\n", labels={"k": "v"})
    assert record.rendered(1) == {"record": "a:b", "expr": "sum by (x) (c[5m])", "labels": {"k": "v"}}


def test_an_alert_names_its_severity_and_its_runbook():
    alert = Alert(name="A", expr="up == 0", lasting="5m", severity="info", summary="s", description="d")
    assert alert.rendered(0.02, "https://example.com/runbooks") == {
        "alert": "A",
        "expr": "up == 0",
        "for": "6s",
        "labels": {"severity": "info"},
        "annotations": {"summary": "s", "description": "d", "runbook_url": "https://example.com/runbooks/A.md"},
    }


def test_an_alert_that_fires_at_once_has_no_for():
    alert = Alert(name="A", expr="up == 0", severity="info", summary="s", description="d")
    assert "for" not in Group(name="g", rules=(alert,)).rendered(1, "r")["rules"][0]
