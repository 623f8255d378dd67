"""The alarms of a platform under Pulumi's own engine: up, up again, refresh, an event that arrives, a change, destroy."""

import json
import textwrap

import boto3
import pytest

from tests.rehearsal.engine_project import Project

pytestmark = pytest.mark.integration

EVENT = {
    "Source": "aws.ec2",
    "DetailType": "EC2 Spot Instance Interruption Warning",
    "Detail": json.dumps({"instance-id": "i-0abc", "instance-action": "terminate"}),
}
PROGRAM = textwrap.dedent(
    """
    import pulumi
    import pulumi_aws as aws

    from components.monitoring.cloud.cloud_alarms import CloudAlarms, CloudAlarmsArgs
    from components.monitoring.cloud.load_balancers import LoadBalancer
    from components.monitoring.cloud.spending import Spending
    from planner.catalog.quotas import ON_DEMAND, SPOT

    config = pulumi.Config()
    tags = {"tags": {"project": "llm-platform", "stack": "dev"}}
    provider = aws.Provider("aws", region="us-east-1", default_tags=tags, skip_credentials_validation=True)
    mine = pulumi.ResourceOptions(providers=[provider])
    secret = aws.secretsmanager.Secret("webhook", recovery_window_in_days=0, opts=pulumi.ResourceOptions(provider=provider))
    args = CloudAlarmsArgs(
        cluster_name="llm-dev",
        region="us-east-1",
        nat_gateway_ids=["nat-1"],
        node_groups={"system": "eks-system"},
        gateway=LoadBalancer(kind="app", owner="llm-gateway/gateway", address="internal-k8s-a-1.us-east-1.elb.amazonaws.com"),
        interruption_queue="llm-dev",
        quotas={"G/Spot": SPOT["g"], "Standard/OnDemand": ON_DEMAND["standard"]},
        gateway_table="llm-dev-gateway",
        emails=["on-call@example.com"],
        chat_webhook_secret_arn="arn:aws:secretsmanager:us-east-1:123456789012:secret:chat-webhook-AbCdEf",
        spending=Spending(usd_per_month=config.require_int("usd"), stack="dev"),
    )
    alarms = CloudAlarms("llm-alarms", args, mine)
    alarms.export()
    alarms.watch({"chat": LoadBalancer(kind="net", owner="llm/chat", address="k8s-b-2.elb.us-east-1.amazonaws.com")})
    """
)


def left_over(sandbox):
    def client(service):
        return boto3.Session("a", "b", region_name="us-east-1").client(service, endpoint_url=sandbox.aws_url)

    return {
        "alarms": client("cloudwatch").describe_alarms(AlarmNamePrefix="llm-dev-")["MetricAlarms"],
        "dashboards": client("cloudwatch").list_dashboards(DashboardNamePrefix="llm-dev")["DashboardEntries"],
        "topics": [one for one in client("sns").list_topics()["Topics"] if "llm-dev" in one["TopicArn"]],
        "functions": client("lambda").list_functions()["Functions"],
        "rules": client("events").list_rules(NamePrefix="llm-alarms")["Rules"],
        "budgets": client("budgets").describe_budgets(AccountId="123456789012").get("Budgets", []),
        "groups": client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/llm-dev")["logGroups"],
        "queues": client("sqs").list_queues(QueueNamePrefix="llm-dev-alerts").get("QueueUrls", []),
        "roles": [one for one in client("iam").list_roles()["Roles"] if one["RoleName"].startswith("llm-alarms")],
    }


@pytest.mark.soak_only("minutes")
def test_alarms_live_and_leave_nothing(tmp_path, sandbox):
    project = Project(tmp_path, sandbox, package="aws", program=PROGRAM)
    project.pulumi("config", "set", "usd", "1500")
    project.pulumi("preview")
    project.pulumi("up", "--yes", "--skip-preview")
    topic = project.outputs()["alerts_topic_arn"]
    assert topic == "arn:aws:sns:us-east-1:123456789012:llm-dev-alerts"
    project.pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    project.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")
    assert {kind: len(found) for kind, found in left_over(sandbox).items()} == {
        "alarms": 15,
        "dashboards": 1,
        "topics": 1,
        "functions": 1,
        "rules": 6,
        "budgets": 1,
        "groups": 1,
        "queues": 1,
        "roles": 1,
    }
    assert arrived(sandbox, topic) == [
        '"Spot interruption: EC2 ends instance i-0abc in us-east-1 in two minutes (terminate)."'
    ]
    project.pulumi("config", "set", "usd", "1600")
    assert "1 updated" in project.pulumi("up", "--yes")
    project.pulumi("destroy", "--yes", "--skip-preview")
    assert not any(left_over(sandbox).values()), left_over(sandbox)


def arrived(sandbox, topic):
    """Texts that reach a queue which is subscribed to the topic, after an event of EC2."""

    def client(service):
        return boto3.Session("a", "b", region_name="us-east-1").client(service, endpoint_url=sandbox.aws_url)

    url = client("sqs").create_queue(QueueName="inbox-of-alerts")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:inbox-of-alerts"
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    client("events").put_events(Entries=[EVENT])
    messages = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["Message"] for message in messages]
