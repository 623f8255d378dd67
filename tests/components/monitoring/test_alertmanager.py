"""Alertmanager: it publishes to the one topic, and rolls when its configuration changes."""

from tests.components.builders import document
from tests.components.monitoring.builders import TOPIC, config, container, monitoring, pod

MADE = monitoring()


def test_it_publishes_to_the_topic_and_to_nothing_else() -> None:
    statements = document(MADE.one("RolePolicy", "llm-alertmanager"))
    assert {sid: one["Resource"] for sid, one in statements.items()} == {"PublishAlerts": [TOPIC]}
    (receiver,) = config(MADE, "alertmanager", "alertmanager.yml")["receivers"]
    assert receiver["sns_configs"][0]["topic_arn"] == TOPIC


def test_its_role_is_that_of_its_service_account() -> None:
    account = MADE.one("ServiceAccount", "alertmanager").inputs["metadata"]
    assert account["annotations"]["eks.amazonaws.com/role-arn"]
    assert pod(MADE, "alertmanager")["serviceAccountName"] == account["name"]


def test_another_pace_of_repeats_rolls_its_pod() -> None:
    def annotation(**settings: object) -> str:
        made = monitoring(**settings).one("Deployment", "alertmanager").inputs
        return str(made["spec"]["template"]["metadata"]["annotations"]["llm-platform/config"])

    assert annotation() != annotation(notify={"repeat_hours": 3})
    assert annotation() == annotation(scrape_seconds=15)


def test_it_is_nobody_and_looks_for_no_others() -> None:
    one = container(MADE, "alertmanager")
    assert pod(MADE, "alertmanager")["securityContext"]["runAsUser"] == 65534
    assert one["securityContext"]["readOnlyRootFilesystem"] is True
    assert "--cluster.listen-address=" in one["args"]
