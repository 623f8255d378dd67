import json
from pathlib import Path

import pytest

from gateway.config import Config, ConfigError, Limits, Oidc, parse, read

DOCUMENT = {
    "stack": "dev",
    "region": "us-east-1",
    "table": "llm-dev-gateway",
    "namespace": "llm-gateway",
    "listen": 8080,
    "admin": 9901,
    "metrics": 9902,
    "drain": 9903,
    "hold_seconds": 60,
    "hold_requests": 100,
    "max_request_bytes": 8388608,
    "drain_seconds": 45,
    "folder": "/run/gateway",
    "limits": {"requests_per_second": 10, "tokens_per_minute": 100000, "concurrent_requests": 50},
    "oidc": None,
    "discovery": "kubernetes",
}
OIDC = {"issuer": "https://issuer.example/pool/", "audiences": ["a"], "tenant_claim": "sub", "jwks_uri": None}


def complaints(**changes):
    with pytest.raises(ConfigError) as caught:
        parse({key: value for key, value in {**DOCUMENT, **changes}.items() if value is not ...})
    return caught.value.lines


def test_reads_a_whole_document():
    assert parse(DOCUMENT) == Config(
        stack="dev",
        region="us-east-1",
        table="llm-dev-gateway",
        namespace="llm-gateway",
        listen=8080,
        admin=9901,
        metrics=9902,
        drain=9903,
        hold_seconds=60,
        hold_requests=100,
        max_request_bytes=8 << 20,
        drain_seconds=45,
        folder=Path("/run/gateway"),
        limits=Limits(requests_per_second=10.0, tokens_per_minute=100_000, concurrent_requests=50),
    )


def test_the_load_balancer_waits_longer_than_the_longest_hold():
    assert parse({**DOCUMENT, "hold_seconds": 300}).load_balancer_idle_seconds == 900


def test_an_issuer_has_its_keys_below_itself_unless_given():
    found = parse({**DOCUMENT, "oidc": OIDC}).oidc
    assert found == Oidc(issuer="https://issuer.example/pool/", audiences=("a",), tenant_claim="sub")
    assert found.keys_uri == "https://issuer.example/pool/.well-known/jwks.json"
    given = parse({**DOCUMENT, "oidc": {**OIDC, "jwks_uri": "https://keys.example/k"}}).oidc
    assert given.keys_uri == "https://keys.example/k"


def test_services_may_come_from_a_file():
    assert parse({**DOCUMENT, "discovery": {"file": "/tmp/services.json"}}).discovery == Path("/tmp/services.json")


def test_the_monthly_usage_may_have_a_bucket():
    assert parse(DOCUMENT).bucket is None
    assert parse({**DOCUMENT, "bucket": "llm-models"}).bucket == "llm-models"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"region": ...}, "gateway.json: region: missing"),
        ({"stack": "a b"}, "gateway.json: stack: has to be a name of letters, digits, '.', '-' and '_', not 'a b'"),
        ({"listen": "8080"}, "gateway.json: listen: has to be a whole number from 1 to 65535, not '8080'"),
        ({"listen": True}, "gateway.json: listen: has to be a whole number from 1 to 65535, not True"),
        ({"drain": 9902}, "gateway.json: drain: port 9902 is the port of metrics too; choose another"),
        ({"hold_seconds": 301}, "gateway.json: hold_seconds: has to be a whole number from 0 to 300, not 301"),
        ({"folder": "run"}, "gateway.json: folder: run is not absolute"),
        ({"bind": "localhost"}, "gateway.json: bind: has to be an IPv4 address, not 'localhost'"),
        ({"discovery": {"path": "x"}}, 'gateway.json: discovery: has to be "kubernetes" or {"file": "PATH"}'),
        ({"bucket": ""}, "gateway.json: bucket: has to be a text, not empty, not ''"),
        ({"limits": []}, "gateway.json: limits: has to be an object, not []"),
        (
            {"limits": {**DOCUMENT["limits"], "requests_per_second": float("nan")}},
            "gateway.json: limits.requests_per_second: has to be a number from 0.01 to 100000, not nan",
        ),
        (
            {"oidc": {**OIDC, "issuer": "http://issuer.example"}},
            "gateway.json: oidc.issuer: has to be an https URL (http for a loopback address only), not 'http://issuer.example'",
        ),
        ({"oidc": {**OIDC, "audiences": "a"}}, "gateway.json: oidc.audiences: has to be a list of texts, not 'a'"),
    ],
)
def test_a_mistake_is_one_line(changes, line):
    assert complaints(**changes) == [line]


def test_an_unknown_key_names_the_known_ones():
    (line,) = complaints(limits={**DOCUMENT["limits"], "rps": 1})
    assert line == (
        "gateway.json: limits.rps: unknown key; known here: concurrent_requests, requests_per_second, tokens_per_minute"
    )


def test_every_mistake_is_reported():
    assert len(complaints(stack=..., listen=0, limits={}, oidc=1)) == 6


def test_a_folder_too_long_for_a_socket_is_a_mistake():
    (line,) = complaints(folder="/" + "f" * 94)
    assert line.startswith("gateway.json: folder: 109 bytes with the socket's name, a Unix socket has 107")
    assert parse({**DOCUMENT, "folder": "/" + "f" * 92}).policy_socket(1).name == "policy-1.sock"


def test_reads_a_file(tmp_path):
    path = tmp_path / "gateway.json"
    path.write_text(json.dumps(DOCUMENT))
    assert read(path) == parse(DOCUMENT)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "{path}: cannot be read: No such file or directory"),
        (b"\xff", "{path}: cannot be read: not UTF-8"),
        (b'{"a": }', "{path}: not JSON: Expecting value in line 1, column 7"),
        (b"[]", "{path}: has to be an object, not []"),
    ],
)
def test_a_file_that_is_not_json_is_one_line(tmp_path, content, message):
    path = tmp_path / "gateway.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read(path)
    assert str(caught.value) == message.format(path=path)
