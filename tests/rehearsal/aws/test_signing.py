"""The headers of requests over plain HTTP, as the server reads them."""

from rehearsal.aws.journal import Request
from rehearsal.aws.signing import signed, signed_json


def test_the_server_reads_service_and_region():
    environ = {"REQUEST_METHOD": "POST", "HTTP_AUTHORIZATION": signed("eu-west-1", "events")["Authorization"]}
    assert Request(environ, b"").scope == ("events", "eu-west-1")


def test_the_server_reads_the_operation_of_a_json_request():
    headers = signed_json("eu-west-1", "acm", "CertificateManager.DescribeCertificate")
    environ = {"REQUEST_METHOD": "POST", "HTTP_AUTHORIZATION": headers["Authorization"]}
    request = Request(environ | {"HTTP_X_AMZ_TARGET": headers["X-Amz-Target"]}, b"{}")
    assert request.scope == ("acm", "eu-west-1")
    assert request.operation == "DescribeCertificate"
