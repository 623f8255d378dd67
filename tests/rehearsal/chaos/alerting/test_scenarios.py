import pytest

from monitoring.rules import RuleArgs, render
from monitoring.rules.gpus import APPLICATION_XIDS
from rehearsal.chaos.alerting.scenarios import APPLICATION_XID_ALERTS, SCENARIOS, Subject, expected

CODES = frozenset(APPLICATION_XIDS)


def test_every_alert_that_follows_is_one_of_the_rules():
    text = render(RuleArgs(gateway=True, dcgm=True))
    following = {alert for scenario in SCENARIOS.values() for alert in scenario.alerts | scenario.possible}
    for name in following | APPLICATION_XID_ALERTS:
        assert f"alert: {name}\n" in text


@pytest.mark.parametrize(("code", "alert"), [(79, "GpuXidHardware"), (31, "GpuXidApplication")])
def test_the_alert_of_an_xid_depends_on_its_code(code, alert):
    assert expected("xid", Subject(xid=code), CODES) == {alert}


def test_other_faults_have_their_alerts_whatever_the_code():
    assert expected("queue-flood", Subject(service="chat", xid=31), CODES) == {"LlmQueueLong"}
