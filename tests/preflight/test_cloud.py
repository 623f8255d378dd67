"""AWS's answers and refusals, through boto3, from a server of the test's own."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from preflight.cloud import BadCredentialsError, Cloud, CloudError, DeniedError, GoneError, NoCredentialsError


@dataclass
class Aws:
    """What it answers, and what it was asked."""

    url: str = ""
    status: int = 200
    body: dict[str, object] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    state = Aws()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            state.paths.append(self.path + body)
            state.keys.append(self.headers.get("Authorization", ""))
            if "Action=AssumeRole" in body:
                text, status = ASSUMED, 200
            else:
                text, status = json.dumps(state.body), state.status
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = _answer  # noqa: N815  the handler's protocol

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": state.url,
        "AWS_ACCESS_KEY_ID": "mine",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    yield state
    server.shutdown()
    server.server_close()


ASSUMED = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>the-roles</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


@dataclass(frozen=True)
class Role:
    role_arn: str = "arn:aws:iam::111122223333:role/deployer"
    external_id: str | None = "outside"
    session_name: str | None = None


def test_an_answer_is_asked_for_once_by_however_many(aws: Aws) -> None:
    aws.body = {"cluster": {"name": "llm-dev"}}
    cloud = Cloud("us-east-1")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: cloud.ask("eks", "describe_cluster", name="llm-dev"), range(16)))
    assert {one["cluster"]["name"] for one in answers} == {"llm-dev"}
    assert aws.paths == ["/clusters/llm-dev"]


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        (
            "AccessDeniedException",
            "User: arn:aws:iam::1:user/me is not authorized to perform: eks:DescribeCluster on resource: x",
            DeniedError,
            "may not eks:DescribeCluster",
        ),
        ("AccessDeniedException", "no", DeniedError, "may not eks:DescribeCluster"),
        ("ResourceNotFoundException", "No cluster found", GoneError, "No cluster found"),
        ("ExpiredTokenException", "it expired", BadCredentialsError, "ExpiredTokenException: it expired"),
        ("AuthFailure", "not valid", BadCredentialsError, "AuthFailure: not valid"),
        ("OptInRequired", "not subscribed", BadCredentialsError, "OptInRequired: not subscribed"),
        ("SignatureDoesNotMatch", "check", BadCredentialsError, "SignatureDoesNotMatch: check"),
        ("InvalidParameterException", "two\nlines", CloudError, "InvalidParameterException: two lines"),
    ],
)
def test_a_refusal_is_an_error_of_its_kind(aws: Aws, code: str, message: str, kind, words: str) -> None:
    aws.status, aws.body = 403, {"__type": code, "message": message}
    cloud = Cloud("us-east-1")
    for _ in range(2):
        with pytest.raises(kind, match=words) as refused:
            cloud.ask("eks", "describe_cluster", name="llm-dev")
        assert type(refused.value) is kind
    assert len(aws.paths) == 1


def test_service_quotas_have_another_name_in_iam(aws: Aws) -> None:
    aws.status, aws.body = 400, {"__type": "AccessDeniedException", "message": "no"}
    with pytest.raises(DeniedError, match="servicequotas:GetServiceQuota"):
        Cloud("us-east-1").ask("service-quotas", "get_service_quota", ServiceCode="ec2", QuotaCode="L-1")


def test_the_stacks_role_is_taken_first(aws: Aws) -> None:
    aws.body = {"clusters": []}
    Cloud("us-east-1", Role()).ask("eks", "list_clusters")
    assert "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdeployer" in aws.paths[0]
    assert "ExternalId=outside" in aws.paths[0]
    assert "Credential=mine/" in aws.keys[0]
    assert "Credential=the-roles/" in aws.keys[1]


def test_all_pages_are_read(aws: Aws) -> None:
    class Two(Cloud):
        def ask(self, service: str, operation: str, **parameters: object):
            return {"nodegroups": ["b"]} if parameters.get("nextToken") else {"nodegroups": ["a"], "nextToken": "more"}

    assert list(Two("us-east-1").pages("eks", "list_nodegroups", "nodegroups", clusterName="c")) == ["a", "b"]


def test_no_credentials_are_told_apart(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NoCredentialsError):
        Cloud("us-east-1").ask("sts", "get_caller_identity")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(BadCredentialsError, match="nobody"):
        Cloud("us-east-1").ask("sts", "get_caller_identity")


def test_an_aws_that_is_not_there_is_one_line(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(CloudError, match="eks list_clusters: Could not connect"):
        Cloud("us-east-1").ask("eks", "list_clusters")
