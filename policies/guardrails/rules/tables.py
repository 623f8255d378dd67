"""Rules on DynamoDB tables: the key that encrypts them, and the way back from a wrong write."""

from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.engine.rule import Finding, Findings, Rule, Subject, guard
from guardrails.engine.values import parse_bool

TABLE: Final = "aws:dynamodb/table:Table"


def _table(subject: Subject) -> Findings:
    yield from guard(_key(subject))
    yield from guard(_recovery(subject))


def _key(subject: Subject) -> Findings:
    if parse_bool(subject.value("serverSideEncryption", "enabled")) is not True:
        yield Finding("serverSideEncryption.enabled is not true: its key is AWS's own, which no account can disable")


def _recovery(subject: Subject) -> Findings:
    if parse_bool(subject.value("pointInTimeRecovery", "enabled")) is not True:
        yield Finding("pointInTimeRecovery.enabled is not true")


RULES: Final = (
    Rule(
        id="dynamodb-kms-recovery",
        family="storage",
        level=EnforcementLevel.MANDATORY,
        blocks="a DynamoDB table without a KMS key or point-in-time recovery",
        why="The gateway's table has who may use which model, and who spent what: one wrong write loses both.",
        fix="set server_side_encryption with a key, and point_in_time_recovery",
        benchmarks="FSBP DynamoDB.2, CKV_AWS_28, CKV_AWS_119, trivy AWS-0024, AWS-0025, cdk-nag DDB3",
        types=frozenset({TABLE}),
        judge=_table,
    ),
)
