import math

import pytest
from prometheus_client import REGISTRY

from gateway.policy import expiries
from gateway.policy.expiries import SEEN_SECONDS, Expiries
from gateway.store.keys import ApiKey


def key(digest, tenant, expires, *, revoked=False):
    return ApiKey(
        digest=digest,
        tenant=tenant,
        name="ci",
        prefix="sk-llm-a...wxyz",
        team="",
        created=0,
        expires=expires,
        revoked=revoked,
        created_by="test",
    )


class Seen:
    """Keys that are used at a time that tests set."""

    def __init__(self):
        self.now = 1000.0
        self.expiries = Expiries(lambda: self.now)

    def read(self, *found):
        for each in found:
            self.expiries.read(each.digest, each)

    def shown(self, tenant):
        self.expiries.show()
        return REGISTRY.get_sample_value("llm_gateway_key_expires_timestamp_seconds", {"tenant": tenant})


@pytest.fixture
def seen():
    return Seen()


def test_the_key_of_a_tenant_that_ends_first_counts(seen):
    seen.read(key("1", "ends", 9000), key("2", "ends", 8000), key("3", "other", 5000), key("4", "never", 0))
    assert (seen.shown("ends"), seen.shown("other"), seen.shown("never")) == (8000, 5000, None)


def test_a_key_that_is_revoked_gone_or_over_counts_no_more(seen):
    seen.read(key("1", "changes", 3000), key("2", "changes", 4000), key("3", "changes", 5000))
    assert seen.shown("changes") == 3000
    seen.now = 3000.0
    assert seen.shown("changes") == 4000
    seen.read(key("2", "changes", 4000, revoked=True))
    assert seen.shown("changes") == 5000
    seen.expiries.read("3", None)
    assert seen.shown("changes") == math.inf


def test_a_key_that_is_not_used_for_a_day_counts_no_more(seen):
    seen.read(key("1", "idle", 10**6), key("2", "idle", 2 * 10**6))
    seen.now += SEEN_SECONDS - 1
    seen.read(key("2", "idle", 2 * 10**6))
    assert seen.shown("idle") == 10**6
    seen.now += 2
    assert seen.shown("idle") == 2 * 10**6


def test_no_number_of_keys_fills_the_memory(seen, monkeypatch):
    monkeypatch.setattr(expiries, "MOST_KEYS", 3)
    seen.read(*(key(str(number), "many", 2000 + number) for number in range(50)))
    assert seen.shown("many") == 2047
