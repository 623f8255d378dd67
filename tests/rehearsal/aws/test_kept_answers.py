"""Answers that never change: kept in memory and in files, by region and parameters."""

from rehearsal.aws.journal import Request
from rehearsal.aws.kept_answers import KeptAnswers
from rehearsal.aws.moto_response import MotoResponse

GOOD = MotoResponse("200 OK", [("Content-Type", "text/xml")], b"<types/>")


def request(operation, more="", region="us-east-1"):
    scope = f"AWS4-HMAC-SHA256 Credential=a/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=b"
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_AUTHORIZATION": scope,
    }
    return Request(environ, f"Action={operation}&Version=1{more}".encode())


def test_an_answer_outlives_the_process_and_is_of_its_region_and_parameters(tmp_path):
    KeptAnswers(tmp_path).keep(request("DescribeInstanceTypes"), GOOD)
    kept = KeptAnswers(tmp_path)
    assert kept.find(request("DescribeInstanceTypes")) == GOOD
    assert kept.find(request("DescribeInstanceTypes", region="eu-west-1")) is None
    assert kept.find(request("DescribeInstanceTypes", "&InstanceType.1=g5.xlarge")) is None


def test_what_changes_and_what_was_refused_is_not_kept(tmp_path):
    kept = KeptAnswers(tmp_path)
    kept.keep(request("DescribeInstances"), GOOD)
    kept.keep(request("DescribeInstanceTypes"), MotoResponse("400 Bad Request", [], b""))
    assert kept.find(request("DescribeInstances")) is None
    assert kept.find(request("DescribeInstanceTypes")) is None
