"""The CloudWatch add-on: its log groups come first, with a key and an end, and its role is its own."""

from functools import cache

from settings.derived.system_pool.workloads import CLOUDWATCH_AGENT, CLOUDWATCH_OPERATOR, FLUENT_BIT
from settings.models.monitoring import CloudWatchSettings
from tests.components.builders import cluster, document
from tests.harness import ACCOUNT, Deployment

GROUPS = [f"/aws/containerinsights/llm-dev/{end}" for end in ("application", "dataplane", "host", "performance")]


@cache
def watched() -> Deployment:
    return cluster(insights=CloudWatchSettings(log_retention_days=90))


def test_log_groups_are_there_before_the_add_on_makes_them_without_an_end() -> None:
    made = watched()
    groups = [one for one in made.of_type("LogGroup") if one.inputs.get("name") in GROUPS]
    assert sorted(one.inputs["name"] for one in groups) == GROUPS
    assert {one.inputs["retentionInDays"] for one in groups} == {90}
    key = made.one("Key", "llm-container-logs")
    assert all(one.inputs["kmsKeyId"].endswith(f":{key.name}") for one in groups)
    addon = made.one("eks:index:Addon", "llm-amazon-cloudwatch-observability")
    assert {one.urn for one in groups} <= addon.depends_on


def test_pods_that_end_may_not_make_a_deleted_group_again() -> None:
    made = watched()
    groups = {one.urn for one in made.of_type("LogGroup") if one.inputs.get("name") in GROUPS}
    attachment = made.one("RolePolicyAttachment", "llm-cloudwatch-CloudWatchAgentServerPolicy")
    assert groups <= attachment.depends_on, "a destroy deletes what depends on a group before the group"


def test_cloudwatch_logs_alone_uses_the_key_for_these_groups() -> None:
    logs = document(watched().one("Key", "llm-container-logs"))["EncryptLogs"]
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/containerinsights/llm-dev/*"
    assert logs["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}}


def test_its_role_is_for_its_service_account() -> None:
    role = document(watched().one("Role", "llm-cloudwatch"), "assumeRolePolicy")["TrustServiceAccount"]
    (subject,) = [value for key, value in role["Condition"]["StringEquals"].items() if key.endswith(":sub")]
    assert subject == "system:serviceaccount:amazon-cloudwatch:cloudwatch-agent"
    attachment = watched().one("RolePolicyAttachment", "llm-cloudwatch-CloudWatchAgentServerPolicy").inputs
    assert attachment["policyArn"] == "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"


def test_it_reads_no_gpu() -> None:
    values = watched().one("eks:index:Addon", "llm-amazon-cloudwatch-observability").inputs["configurationValues"]
    assert values["dcgmExporter"] == {"enabled": False}


def test_its_pods_request_what_the_check_of_room_counts() -> None:
    values = watched().one("eks:index:Addon", "llm-amazon-cloudwatch-observability").inputs["configurationValues"]
    assert values["agent"]["resources"]["requests"] == {"cpu": "250m", "memory": "128Mi"} == CLOUDWATCH_AGENT.requests
    fluent_bit = values["containerLogs"]["fluentBit"]["resources"]
    assert fluent_bit["requests"] == {"cpu": "100m", "memory": "128Mi"} == FLUENT_BIT.requests
    assert values["manager"]["resources"]["requests"] == CLOUDWATCH_OPERATOR.requests


def test_a_cluster_without_it_has_none_of_it() -> None:
    assert not [one for one in cluster().registrations if "cloudwatch-observability" in one.name]
