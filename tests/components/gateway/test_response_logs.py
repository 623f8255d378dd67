"""Response logs: none without settings, and with them a stream, a key and two roles that nobody else is admitted by."""

import json
from typing import Any

from gateway.config import parse
from settings.derived.bucket_prefixes import RESPONSES
from settings.models.response_logs import trust_length
from tests.components.builders import bucket, document
from tests.components.gateway.builders import gateway
from tests.harness import Registration

ROLE = "arn:aws:iam::123456789012:role/auditors"
LOGS = {"consent": "DPO DP-12", "auditors": [ROLE], "retention_days": 14}
MADE, WITHOUT = gateway(response_logs=LOGS), gateway()


def statements(one: Registration, key: str = "policy") -> dict[str, Any]:
    return {each["Sid"]: each for each in json.loads(one.inputs[key])["Statement"]}


def test_without_settings_there_is_nothing_of_them() -> None:
    kinds = [one.type for one in WITHOUT.registrations]
    assert not [kind for kind in kinds if "firehose" in kind or kind == "aws:kms/key:Key"]
    assert "firehose" not in json.dumps([one.inputs for one in WITHOUT.registrations], default=str)
    assert "response" not in WITHOUT.one("ConfigMap", "gateway").inputs["data"]["gateway.json"]
    assert "response_auditor_role" not in WITHOUT.exports


def test_the_stream_delivers_to_the_prefix_with_a_key_of_its_own() -> None:
    stream = MADE.one("FirehoseDeliveryStream").inputs
    config = stream["extendedS3Configuration"]
    assert stream["name"] == "llm-dev-responses"
    assert stream["tags"] == {"response-logs-consent": "DPO DP-12"}
    assert stream["serverSideEncryption"]["enabled"] is True
    assert config["prefix"].startswith(f"{RESPONSES}/!{{timestamp:")
    assert config["errorOutputPrefix"].startswith(f"{RESPONSES}/errors/")
    assert config["kmsKeyArn"] != stream["serverSideEncryption"]["keyArn"]
    assert (config["compressionFormat"], config["fileExtension"]) == ("GZIP", ".jsonl.gz")


def test_the_gateway_puts_records_in_the_one_stream_and_reads_no_log() -> None:
    granted = statements(MADE.one("RolePolicy", "llm-gateway"))
    assert granted["PutResponses"]["Action"] == ["firehose:PutRecordBatch"]
    assert granted["PutResponses"]["Resource"] == ["arn:aws:kinesis:us-east-1:123456789012:gateway-responses"]
    assert not [one for one in granted.values() if RESPONSES in json.dumps(one)]
    assert "PutResponses" not in statements(WITHOUT.one("RolePolicy", "llm-gateway"))


def test_settings_know_how_long_the_auditors_trust_policy_is() -> None:
    roles = [f"{ROLE}-{number}" for number in range(12)]
    for count in (1, 2, 12):
        trust = json.loads(
            gateway(response_logs=LOGS | {"auditors": roles[:count]})
            .one("Role", "gateway-auditor")
            .inputs["assumeRolePolicy"]
        )
        written = len(json.dumps(trust, separators=(",", ":")))
        assert written <= trust_length(tuple(roles[:count])) <= written + 4 * count


def test_the_auditor_reads_the_prefix_and_nothing_else() -> None:
    role = MADE.one("Role", "gateway-auditor").inputs
    trust = statements(MADE.one("Role", "gateway-auditor"), "assumeRolePolicy")
    assert role["name"] == "llm-dev-auditor"
    assert [one["Principal"] for one in trust.values()] == [{"AWS": ROLE}]
    assert role["permissionsBoundary"]
    granted = statements(MADE.one("RolePolicy", "gateway-auditor"))
    assert {action for one in granted.values() for action in one["Action"]} == {
        "s3:ListBucket",
        "s3:GetObject",
        "kms:Decrypt",
    }
    assert granted["ListPrefix"]["Condition"] == {"StringLike": {"s3:prefix": [RESPONSES, f"{RESPONSES}/*"]}}
    assert granted["ReadPrefix"]["Resource"] == [f"arn:aws:s3:::models-1/{RESPONSES}/*"]
    assert granted["DecryptObjects"]["Resource"] == ["arn:aws:kms:us-east-1:123456789012:gateway-responses"]
    assert "response_auditor_role" in MADE.exports


def test_the_key_decrypts_for_the_two_roles_only() -> None:
    policy = statements(MADE.one("aws:kms/key:Key"))
    refused = policy["OnlyAuditorDecrypts"]
    assert refused["Effect"] == "Deny"
    assert refused["Principal"] == "*"
    assert {"kms:Decrypt", "kms:CreateGrant"} <= set(refused["Action"])
    roles = [f"arn:aws:iam:us-east-1:123456789012:gateway-{name}" for name in ("auditor", "firehose")]
    assert refused["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": roles}}


def test_firehose_writes_for_streams_of_the_account_alone() -> None:
    (trust,) = statements(MADE.one("Role", "gateway-firehose"), "assumeRolePolicy").values()
    assert trust["Principal"] == {"Service": "firehose.amazonaws.com"}
    assert set(trust["Condition"]["StringEquals"]) == {"aws:SourceAccount"}
    granted = statements(MADE.one("RolePolicy", "gateway-firehose"))
    assert granted["PutResponses"]["Resource"] == [f"arn:aws:s3:::models-1/{RESPONSES}/*"]
    assert "s3:GetObject" not in {action for one in granted.values() for action in one["Action"]}


def test_the_gateway_reads_its_own_configuration() -> None:
    text = MADE.one("ConfigMap", "gateway").inputs["data"]["gateway.json"]
    logs = parse(json.loads(text)).response_logs
    assert logs
    assert (logs.stream, logs.consent) == (MADE.one("FirehoseDeliveryStream").inputs["name"], "DPO DP-12")


def test_the_bucket_refuses_everybody_else() -> None:
    made = bucket(gateway=True, responses=14)
    policy = document(made.one("BucketPolicy"))
    readers, writers = policy["AuditorReadsResponses"], policy["FirehosePutsResponses"]
    for statement, role in ((readers, "llm-dev-auditor"), (writers, "llm-dev-firehose")):
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Resource"] == [f"arn:aws:s3:::models-0123456/{RESPONSES}/*"]
        assert statement["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": f"arn:*:iam::*:role/{role}"}}
    assert readers["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]
    for name, role in (("auditor", "llm-dev-auditor"), ("firehose", "llm-dev-firehose")):
        assert MADE.one("Role", f"gateway-{name}").inputs["name"] == role
    rules = {rule["id"]: rule for rule in made.one("BucketLifecycleConfiguration").inputs["rules"]}
    assert rules[RESPONSES]["filter"] == {"prefix": f"{RESPONSES}/"}
    assert rules[RESPONSES]["expiration"] == {"days": 14}
    assert rules[RESPONSES]["noncurrentVersionExpiration"] == {"noncurrentDays": 1}
    assert set(document(bucket(gateway=True).one("BucketPolicy"))) == {"RefusePlainHttp"}
