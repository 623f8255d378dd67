"""Consent to response logs: what it has to state, and which patterns redact."""

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.policy.services import MOST_LOGGED_BYTES, ResponseLogs
from gateway.store import names
from settings.models import response_logs
from settings.models.response_logs import ResponseLogsSettings, ServiceResponseLogs

CONSENT = {"consent": "owner of llama, ML-7", "tenants": ["search"]}
ROLE = "arn:aws:iam::123456789012:role/auditors"


def test_what_settings_take_the_gateway_takes() -> None:
    settings = ServiceResponseLogs.model_validate({**CONSENT, "redact": [r"\b\d{4}-\d{4}\b", "(?i)secret"]})
    found = ResponseLogs.of(settings.model_dump(mode="json"))
    assert (found.consent, found.tenants) == ("owner of llama, ML-7", {"search"})
    assert (found.sample, found.max_bytes, found.redact) == (0.1, 16_384, settings.redact)
    assert response_logs.MOST_LOGGED_BYTES == MOST_LOGGED_BYTES


@pytest.mark.parametrize("tenant", ["a", "a@b.example", "1-2_3", "x" * 128, "", "-a", "a b", "*", "x" * 129, "ä"])
def test_tenants_are_those_of_the_gateway(tenant: str) -> None:
    try:
        ServiceResponseLogs.model_validate({**CONSENT, "tenants": [tenant]})
        taken = True
    except ValidationError:
        taken = False
    assert taken == (names.TENANT.issue(tenant) is None)


@pytest.mark.parametrize(
    ("change", "fix"),
    [
        ({"consent": "  "}, "write who agreed and where"),
        ({"consent": "ok"}, "write who agreed and where"),
        ({"consent": "a\nb c d"}, "write who agreed and where"),
        ({"tenants": []}, "at least 1"),
        ({"tenants": ["a", "a"]}, "names a tenant twice"),
        ({"sample": 1.1}, "less than or equal to 1"),
        ({"max_bytes": 10**6}, "131072"),
        ({"redact": ["("]}, "is not a pattern of RE2"),
        ({"redact": [r"(a)\1"]}, "no back-references"),
        ({"redact": ["(?=a)b"]}, "no lookahead"),
        ({"redact": ["a*"]}, "matches the empty text"),
        ({"redact": ["a" * 257]}, "write 1 to 256"),
    ],
)
def test_mistakes(change: dict[str, Any], fix: str) -> None:
    with pytest.raises(ValidationError, match=fix.replace("(", r"\(")):
        ServiceResponseLogs.model_validate({**CONSENT, **change})


@pytest.mark.parametrize("missing", ["consent", "auditors"])
def test_a_platform_states_who_agreed_and_who_reads(missing: str) -> None:
    whole = {"consent": "DPO DP-12", "auditors": [ROLE]}
    assert ResponseLogsSettings.model_validate(whole).retention_days == 30
    with pytest.raises(ValidationError, match=missing):
        ResponseLogsSettings.model_validate({key: value for key, value in whole.items() if key != missing})


def test_auditors_are_as_many_as_fit_a_trust_policy() -> None:
    long = [f"{ROLE}/{number:02}/{'x' * 80}" for number in range(20)]
    assert ResponseLogsSettings(consent="DPO DP-12", auditors=tuple(long[:9]))
    with pytest.raises(ValidationError, match="and IAM takes 2,048: name fewer roles"):
        ResponseLogsSettings(consent="DPO DP-12", auditors=tuple(long[:10]))
    with pytest.raises(ValidationError, match="names a role twice"):
        ResponseLogsSettings(consent="DPO DP-12", auditors=(ROLE, ROLE))
