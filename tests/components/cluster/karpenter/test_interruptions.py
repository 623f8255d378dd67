import json

from tests.components.builders import cluster, document, karpenter


def test_the_queue_is_named_as_the_cluster_and_keeps_notices_for_minutes() -> None:
    queue = karpenter().one("aws:sqs/queue:Queue").inputs
    assert queue["name"] == "llm-dev"
    assert queue["messageRetentionSeconds"] == 300
    assert queue["sqsManagedSseEnabled"] is True


def test_each_of_the_five_events_has_a_rule_and_a_target() -> None:
    made = karpenter()
    rules = {one.name: json.loads(one.inputs["eventPattern"]) for one in made.of_type("EventRule")}
    assert sorted((pattern["source"][0], pattern["detail-type"][0]) for pattern in rules.values()) == [
        ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
        ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
        ("aws.ec2", "EC2 Instance State-change Notification"),
        ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
        ("aws.health", "AWS Health Event"),
    ]
    targets = {one.name: one for one in made.of_type("EventTarget")}
    assert set(targets) == set(rules)
    policy = made.one("aws:sqs/queuePolicy:QueuePolicy").urn
    for name, target in targets.items():
        assert target.inputs["rule"] == f"{name}-0123456"
        assert target.inputs["arn"].endswith(":llm-karpenter-interruptions")
        assert policy in target.depends_on, "or its first events are refused"


def test_only_the_rules_send_and_only_by_tls() -> None:
    statements = document(karpenter().one("aws:sqs/queuePolicy:QueuePolicy"))
    send, plain = statements["SendFromRules"], statements["RefusePlainHttp"]
    assert send["Principal"] == {"Service": "events.amazonaws.com"}
    assert send["Action"] == ["sqs:SendMessage"]
    sources = send["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {arn.rpartition(":")[2] for arn in sources} == {one.name for one in karpenter().of_type("EventRule")}
    assert (plain["Effect"], plain["Principal"]) == ("Deny", "*")
    assert plain["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert set(statements) == {"SendFromRules", "RefusePlainHttp"}


def test_a_cluster_of_node_groups_has_none_of_it() -> None:
    assert not [one for one in cluster().registrations if "karpenter" in one.urn.lower()]
