import math

import pytest
from prometheus_client import REGISTRY

from gateway.policy import key_times
from gateway.policy.key_times import SEEN_SECONDS, KeyTimes
from gateway.store.keys import ApiKey


def key(digest, tenant, expires=0, *, created=0, revoked=False, replaced_by=""):
    return ApiKey(
        digest=digest,
        tenant=tenant,
        name="ci",
        prefix="sk-llm-a...wxyz",
        team="",
        created=created,
        expires=expires,
        revoked=revoked,
        created_by="test",
        replaced_by=replaced_by,
    )


class Seen:
    """Keys that are used at a time that tests set."""

    def __init__(self):
        self.now = 1000.0
        self.times = KeyTimes(lambda: self.now)

    def read(self, *found):
        for each in found:
            self.times.read(each.digest, each)

    def shown(self, tenant, what="expires"):
        self.times.show()
        return REGISTRY.get_sample_value(f"llm_gateway_key_{what}_timestamp_seconds", {"tenant": tenant})


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
    seen.times.read("3", None)
    assert seen.shown("changes") == math.inf


def test_a_key_that_is_not_used_for_a_day_counts_no_more(seen):
    seen.read(key("1", "idle", 10**6), key("2", "idle", 2 * 10**6))
    seen.now += SEEN_SECONDS - 1
    seen.read(key("2", "idle", 2 * 10**6))
    assert seen.shown("idle") == 10**6
    seen.now += 2
    assert seen.shown("idle") == 2 * 10**6


def test_no_number_of_keys_fills_the_memory(seen, monkeypatch):
    monkeypatch.setattr(key_times, "MOST_KEYS", 3)
    seen.read(*(key(str(number), "many", 2000 + number) for number in range(50)))
    assert seen.shown("many") == 2047


def test_the_oldest_key_of_a_tenant_counts_whether_it_ends_or_not(seen):
    seen.read(key("1", "aged", created=30), key("2", "aged", 9000, created=20), key("3", "young", created=900))
    assert (seen.shown("aged", "created"), seen.shown("young", "created")) == (20, 900)


def test_a_key_that_has_a_successor_is_revoked_or_unused_is_not_the_oldest(seen):
    seen.read(*(key(str(number), "rotated", created=number) for number in (1, 2, 3)))
    assert seen.shown("rotated", "created") == 1
    seen.read(key("1", "rotated", 9000, created=1, replaced_by="4"))
    assert (seen.shown("rotated", "created"), seen.shown("rotated")) == (2, 9000)
    seen.read(key("2", "rotated", created=2, revoked=True))
    assert seen.shown("rotated", "created") == 3
    seen.now += SEEN_SECONDS + 1
    assert seen.shown("rotated", "created") == math.inf


def test_no_label_of_either_metric_has_a_key(seen):
    seen.read(key("digest-of-a-key", "labels", 9000, created=10))
    seen.times.show()
    samples = [
        one for metric in REGISTRY.collect() for one in metric.samples if one.name.startswith("llm_gateway_key_")
    ]
    assert {tuple(one.labels) for one in samples} == {("tenant",)}
    assert not [one for one in samples if "digest" in str(one) or "sk-llm" in str(one)]
