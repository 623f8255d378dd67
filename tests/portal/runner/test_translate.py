"""The engine's own recorded shapes, through the SDK's own classes, into the portal's log."""

from pulumi.automation.events import EngineEvent

from portal.runner.redaction import Redactor
from portal.runner.translate import Translator, short_type

URN = "urn:pulumi:dev-search::llm-platform::llm:serving:VllmService$kubernetes:apps/v1:Deployment::qwen"


def told(*events: dict) -> tuple[Translator, list[tuple[str, dict]]]:
    log: list[tuple[str, dict]] = []
    translator = Translator(lambda kind, data: log.append((kind, data)), Redactor(["sk-very-secret"]))
    for event in events:
        translator(EngineEvent.from_json({"sequence": 1, "timestamp": 1} | event))
    return translator, log


def step(op: str, **more: object) -> dict:
    state = {
        "type": "kubernetes:apps/v1:Deployment",
        "urn": URN,
        "id": "",
        "parent": "urn:p::p::t::qwen",
        "provider": "",
    }
    state |= {"inputs": {"key": "sk-very-secret"}, "outputs": {}}
    return {
        "op": op,
        "urn": URN,
        "type": "kubernetes:apps/v1:Deployment",
        "provider": "",
        "old": None,
        "new": state,
    } | more


def test_a_step_is_told_without_any_value():
    translator, log = told({"resourcePreEvent": {"metadata": step("update", diffs=["spec", "metadata"])}})
    assert log == [
        ("resource", {"op": "update", "type": "kubernetes.apps.Deployment", "name": "qwen", "phase": "begin"})
    ]
    assert translator.plan[0]["changed"] == ["metadata", "spec"]
    assert "sk-very-secret" not in repr((translator.plan, log))


def test_what_stays_the_same_is_not_told():
    assert told({"resourcePreEvent": {"metadata": step("same")}})[1] == []


def test_what_a_refresh_finds_changed_is_drift():
    begun, ended = step("refresh"), step("update")
    ended["old"] = ended["new"] | {"outputs": {"spec": {"replicas": 1}, "kind": "Deployment"}}
    ended["new"] = ended["new"] | {"outputs": {"spec": {"replicas": 3}, "kind": "Deployment"}}
    translator, _ = told({"resourcePreEvent": {"metadata": begun}}, {"resOutputsEvent": {"metadata": ended}})
    assert [(entry["op"], entry["name"], entry["changed"]) for entry in translator.plan] == [
        ("update", "qwen", ["spec"])
    ]


def test_a_refresh_that_finds_everything_as_it_was_has_no_drift():
    same = ({"resourcePreEvent": {"metadata": step("refresh")}}, {"resOutputsEvent": {"metadata": step("same")}})
    assert told(*same)[0].plan == []


def test_messages_are_filtered_and_errors_remembered():
    shown = {"color": "never", "message": "broke with sk-very-secret\n", "severity": "error", "urn": URN}
    debug = {"color": "never", "message": "noise", "severity": "debug"}
    translator, log = told({"diagnosticEvent": shown}, {"diagnosticEvent": debug})
    assert log == [("message", {"severity": "error", "resource": "qwen", "text": "broke with [secret]"})]
    assert translator.errors == ["broke with [secret]"]


def test_a_mandatory_finding_refuses_and_an_advisory_one_does_not():
    finding = {
        "message": "open to the world\n",
        "color": "never",
        "policyName": "open",
        "policyPackName": "llm-platform",
        "policyPackVersion": "1",
        "policyPackVersionTag": "1",
        "resourceUrn": URN,
    }
    assert not told({"policyEvent": finding | {"enforcementLevel": "advisory"}})[0].refused
    translator, log = told({"policyEvent": finding | {"enforcementLevel": "mandatory"}})
    assert translator.refused
    assert log[0][1] == {"policy": "open", "level": "mandatory", "resource": "qwen", "message": "open to the world"}


def test_short_types():
    assert short_type("aws:iam/role:Role") == "aws.iam.Role"
    assert short_type("kubernetes:apps/v1:Deployment") == "kubernetes.apps.Deployment"
    assert short_type("eks:index:Cluster") == "eks.Cluster"
    assert short_type("pulumi:pulumi:Stack") == "pulumi.pulumi.Stack"
