"""What a stack finds in its account, made once."""

import boto3
import pytest
import yaml

from rehearsal.sandbox import ACCOUNT, SandboxError
from rehearsal.stacks import account
from tests.rehearsal.aws.conftest import Moto, make_sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    sandbox = make_sandbox(tmp_path_factory.mktemp("sandbox"))
    moto = Moto(sandbox)
    moto.start()
    yield sandbox
    moto.kill()


def settings(folder, **values):
    path = folder / "Pulumi.dev.yaml"
    path.write_text(yaml.safe_dump({"config": {f"llm-platform:{key}": value for key, value in values.items()}}))
    return path


def client(sandbox, service):
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=sandbox.aws_url,
        aws_access_key_id="r",
        aws_secret_access_key="r",
    )


def test_roles_and_policies_that_settings_name_are_made_once(sandbox, tmp_path):
    own, other = f"arn:aws:iam::{ACCOUNT}:role/ops/admin", "arn:aws:iam::444455556666:role/them"
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    auditor = f"arn:aws:iam::{ACCOUNT}:role/auditor"
    gateway = {"response_logs": {"auditors": [auditor, other]}}
    path = settings(tmp_path, cluster={"admins": [own, other]}, permissions_boundary=boundary, gateway=gateway)
    journal = sandbox.aws / "journal.jsonl"
    account.prepare(sandbox, path)
    size = journal.stat().st_size
    account.prepare(sandbox, path)
    assert journal.stat().st_size == size, "nothing is asked for twice"
    iam = client(sandbox, "iam")
    assert iam.get_role(RoleName="admin")["Role"]["Arn"] == own
    assert iam.get_role(RoleName="admin")["Role"]["Description"] == account.DESCRIPTION
    for name, service in account.LINKED_ROLES.items():
        assert iam.get_role(RoleName=name)["Role"]["Path"] == f"/aws-service-role/{service}/"
    assert iam.get_role(RoleName="auditor")["Role"]["Arn"] == auditor
    assert iam.get_policy(PolicyArn=boundary)["Policy"]["Arn"] == boundary
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="them")


@pytest.mark.parametrize("cluster", [None, {}, {"admins": "all"}, {"admins": [1, "nobody"]}])
def test_settings_with_mistakes_are_left_to_the_program(sandbox, tmp_path, cluster):
    account.prepare(sandbox, settings(tmp_path, cluster=cluster))


@pytest.mark.parametrize("gateway", [None, "yes", {}, {"response_logs": []}, {"response_logs": {"auditors": "all"}}])
def test_mistakes_in_the_gateway_are_left_to_the_program_too(sandbox, tmp_path, gateway):
    account.prepare(sandbox, settings(tmp_path, gateway=gateway))


def test_quotas_are_set_in_the_stacks_region(sandbox, tmp_path):
    account.set_quotas(sandbox, settings(tmp_path, region="us-east-1"), {"L-DB2E81BA": 7})
    quotas = client(sandbox, "service-quotas")
    assert quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-DB2E81BA")["Quota"]["Value"] == 7
    with pytest.raises(SandboxError, match="no quota L-00000000"):
        account.set_quotas(sandbox, settings(tmp_path), {"L-00000000": 7})


def test_the_zone_and_the_certificate_of_a_gateway_are_there_under_their_ids(sandbox, tmp_path):
    arn = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/12345678-1234-1234-1234-123456789012"
    given = {"domain": "llm.example.com", "zone_id": "Z0123456789ABCDEFGHIJ", "certificate_arn": arn}
    for _ in range(2):
        account.prepare(sandbox, settings(tmp_path, gateway=given))
    zones = client(sandbox, "route53").list_hosted_zones()["HostedZones"]
    assert [(zone["Id"], zone["Name"]) for zone in zones] == [("/hostedzone/Z0123456789ABCDEFGHIJ", "example.com.")]
    found = client(sandbox, "acm").describe_certificate(CertificateArn=arn)["Certificate"]
    assert (found["DomainName"], found["Status"]) == ("llm.example.com", "ISSUED")
