import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.envoy import contract
from tests.certificates import certificate
from tests.gateway.support.fake_policy import KEYS
from tests.gateway.support.issuer import CLIENT, Issuer
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Stack

MODEL = "dev/qwen"
FETCHED = "cluster.issuer.upstream_rq_200"


@pytest.fixture(scope="module")
def issuer():
    with Issuer() as found:
        yield found


@pytest.fixture(scope="module")
def stack(issuer, tmp_path_factory):
    settings = {**issuer.settings, "audiences": ["llm"]}
    with Stack(tmp_path_factory.mktemp("stack"), {MODEL: 1}, oidc=settings) as found:
        until("the keys are there", lambda: found.stat(FETCHED))
        yield found


def seen(stack) -> dict:
    return stack.lines("checks.jsonl")[-1]["metadata"].get(contract.CLAIMS_NAMESPACE, {})


@pytest.mark.parametrize("audience", ["llm", ["other", "llm"]])
def test_the_policy_gets_the_claims_of_a_good_token(stack, issuer, audience):
    assert stack.chat(MODEL, key=issuer.token(aud=audience)).status_code == 200
    claims = seen(stack)[contract.CLAIMS_KEY]
    assert (claims["iss"], claims["client_id"], claims["aud"]) == (issuer.url, CLIENT, audience)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_scheme_may_be_in_lower_case_as_for_keys(stack, issuer, scheme):
    headers = {"authorization": f"{scheme} {issuer.token(aud='llm')}"}
    assert stack.client.post("/v1/chat/completions", json={"model": MODEL}, headers=headers).status_code == 200
    assert contract.CLAIMS_KEY in seen(stack)


def test_a_key_of_the_gateway_has_no_claims(stack):
    assert stack.chat(MODEL, key=KEYS[0]).status_code == 200
    assert contract.CLAIMS_KEY not in seen(stack)


@pytest.mark.parametrize(
    "wrong",
    [
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"nbf": int(time.time()) + 3600},
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
        {"kid": "2"},
        {"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)},
    ],
    # Without a time or a key's address: each worker of pytest-xdist has to collect the same tests.
    ids=" ".join,
)
def test_a_token_that_is_not_good_has_no_claims(stack, issuer, wrong):
    assert stack.chat(MODEL, key=issuer.token(**{"aud": "llm", **wrong})).status_code == 401
    assert contract.CLAIMS_KEY not in seen(stack)


@pytest.mark.parametrize("change", ["cut", "payload", "case"])
def test_a_token_that_was_changed_has_no_claims(stack, issuer, change):
    header, payload, signature = issuer.token(aud="llm").split(".")
    _, other, _ = issuer.token(aud="llm", client_id="other").split(".")
    token = {
        "cut": f"{header}.{payload}.{signature[:-4]}",
        "payload": f"{header}.{other}.{signature}",
        "case": f"{header}.{payload}.{signature.swapcase()}",
    }[change]
    assert stack.chat(MODEL, key=token).status_code == 401
    assert contract.CLAIMS_KEY not in seen(stack)


def test_a_token_elsewhere_than_in_the_header_has_no_claims(stack, issuer):
    path = f"/v1/chat/completions?access_token={issuer.token(aud='llm')}"
    assert stack.client.post(path, json={"model": MODEL}).status_code == 401
    assert contract.CLAIMS_KEY not in seen(stack)


def test_an_issuer_that_fails_keeps_neither_the_gateway_nor_keys_from_working(tmp_path):
    with Issuer() as issuer:
        issuer.failing = True
        with Stack(tmp_path, {MODEL: 1}, oidc=issuer.settings) as stack:
            until("its keys were requested", lambda: stack.stat("cluster.issuer.upstream_rq_500"))
            assert stack.chat(MODEL, key=KEYS[0]).status_code == 200
            assert stack.chat(MODEL, key=issuer.token()).status_code == 401
            assert "Jwks" in seen(stack)[contract.CLAIMS_FAILURE_KEY]["message"]
            issuer.failing = False
            until("the token is good", lambda: stack.chat(MODEL, key=issuer.token()).status_code == 200, pause=0.2)


@pytest.mark.parametrize("trusted", ["its own", "another's", "another name's"])
def test_the_issuers_certificate_is_checked(tmp_path, trusted):
    name = "issuer.example" if trusted == "another name's" else "127.0.0.1"
    ours = certificate(tmp_path / "ours", name)
    other = certificate(tmp_path / "other", "127.0.0.1")
    with Issuer(ours) as issuer:
        ca = other[0] if trusted == "another's" else ours[0]
        with Stack(tmp_path, {MODEL: 1}, oidc={**issuer.settings, "ca_file": str(ca)}) as stack:
            if trusted == "its own":
                until("the keys are there", lambda: stack.stat(FETCHED))
                assert stack.chat(MODEL, key=issuer.token()).status_code == 200
            else:
                until("TLS failed", lambda: fails(stack))
                assert stack.chat(MODEL, key=issuer.token()).status_code == 401


def fails(stack) -> int:
    return sum(stack.stat(f"cluster.issuer.ssl.fail_verify_{kind}") or 0 for kind in ("error", "san"))
