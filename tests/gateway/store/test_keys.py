from typing import Any

import pytest

from gateway.store import items, keys, tenants
from gateway.store.keys import ApiKey, KeyChangeError
from gateway.store.table import Table

NOW = 1_795_000_000
HOUR = 3600


@pytest.fixture(autouse=True)
def _tenant(table: Table) -> None:
    tenants.save(table, "acme", {}, version=0)


def create(table: Table, **given: Any) -> tuple[str, ApiKey]:
    return keys.create(table, "acme", "laptop", **{"created_by": "ann", "now": NOW, **given})


def test_a_new_key_is_found_by_its_digest_and_its_text_is_nowhere(table: Table) -> None:
    secret, key = create(table, team="search", expires=NOW + HOUR)
    assert secret.startswith("sk-llm-")
    assert len(secret) == len("sk-llm-") + 43  # 256 bits in base64url
    assert keys.find(table, keys.digest_of(secret)) == key
    assert (key.tenant, key.name, key.team, key.created_by, key.created) == ("acme", "laptop", "search", "ann", NOW)
    assert key.prefix == f"{secret[:8]}...{secret[-4:]}"
    stored = [*table.query(f"KEY#{key.digest}"), *table.query("TENANT#acme"), *table.query("TENANTS")]
    assert len(stored) == 4
    assert secret not in repr(stored)
    assert secret[7:30] not in repr(stored)


def test_keys_differ(table: Table) -> None:
    assert len({create(table)[0] for _ in range(20)}) == 20


def test_an_unknown_key_is_not_found(table: Table) -> None:
    assert keys.find(table, keys.digest_of("sk-llm-unknown")) is None


def test_a_key_expires_and_is_revoked(table: Table) -> None:
    _, key = create(table, expires=NOW + HOUR)
    assert key.state(NOW) == key.state(NOW + HOUR - 1) == "active"
    assert key.state(NOW + HOUR) == "expired"
    for _ in range(2):
        keys.revoke(table, key.digest)
        found = keys.find(table, key.digest)
        assert found is not None
        assert found.state(NOW) == "revoked"
        assert found.name == "laptop"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"expires": NOW}, "would be expired already"),
        ({"team": "a#b"}, "name of a team"),
    ],
)
def test_what_cannot_be_created(table: Table, given: dict[str, Any], message: str) -> None:
    with pytest.raises(KeyChangeError, match=message):
        create(table, **given)
    assert keys.of_tenant(table, "acme") == []


@pytest.mark.parametrize(
    ("tenant", "name", "message"),
    [
        ("other", "laptop", "there is no tenant other"),
        ("a#b", "laptop", "name of a tenant"),
        ("", "laptop", "name of a tenant"),
        ("acme", "=cmd()", "name of a key"),
        ("acme", "a\nb", "name of a key"),
    ],
)
def test_names_of_tenants_and_keys(table: Table, tenant: str, name: str, message: str) -> None:
    with pytest.raises(KeyChangeError, match=message) as raised:
        keys.create(table, tenant, name, created_by="ann", now=NOW)
    assert "\n" not in str(raised.value)


def test_a_tenants_keys_with_their_last_use_the_newest_first(table: Table) -> None:
    tenants.save(table, "other", {}, version=0)
    keys.create(table, "other", "theirs", created_by="bob", now=NOW)
    _, old = create(table)
    _, new = create(table, now=NOW + 5)
    keys.mark_used(table, old.digest, NOW + 60)
    keys.mark_used(table, old.digest, NOW + 30)  # another process, later written
    assert [(key.digest, key.last_used) for key in keys.of_tenant(table, "acme")] == [
        (new.digest, 0),
        (old.digest, NOW + 60),
    ]


def test_a_last_use_goes_13_months_after_it(table: Table) -> None:
    _, key = create(table)
    for now in (NOW, NOW + HOUR, NOW + 60):
        keys.mark_used(table, key.digest, now)
    kept = table.get(items.used_place(key.digest))
    assert kept is not None
    assert kept["ttl"] == NOW + HOUR + 400 * 86_400


def test_more_keys_than_a_batch_holds(table: Table) -> None:
    made = {create(table)[1].digest for _ in range(60)}
    assert {key.digest for key in keys.of_tenant(table, "acme")} == made


def test_a_rotation_leaves_both_keys_valid_for_the_overlap(table: Table) -> None:
    _, old = create(table, team="search")
    secret, new = keys.rotate(table, old.digest, overlap_hours=2, created_by="bob", now=NOW + 60)
    before = keys.find(table, old.digest)
    assert before is not None
    assert before.expires == NOW + 60 + 2 * HOUR
    assert before.replaced_by == new.digest
    assert keys.find(table, keys.digest_of(secret)) == new
    assert (new.tenant, new.name, new.team, new.created_by, new.expires) == ("acme", "laptop", "search", "bob", 0)


def test_a_rotation_does_not_prolong_and_keeps_the_length_of_life(table: Table) -> None:
    _, old = create(table, expires=NOW + HOUR)
    _, new = keys.rotate(table, old.digest, overlap_hours=24, created_by="bob", now=NOW + 60)
    before = keys.find(table, old.digest)
    assert before is not None
    assert before.expires == NOW + HOUR
    assert new.expires == NOW + 60 + HOUR


@pytest.mark.parametrize("overlap", [-1, 721, float("nan")])
def test_an_overlap_out_of_bounds(table: Table, overlap: float) -> None:
    _, old = create(table)
    with pytest.raises(KeyChangeError, match="use 0 to 720"):
        keys.rotate(table, old.digest, overlap_hours=overlap, created_by="bob", now=NOW)


def test_what_cannot_be_rotated(table: Table) -> None:
    def rotate(digest: str) -> None:
        keys.rotate(table, digest, overlap_hours=1, created_by="bob", now=NOW + HOUR)

    with pytest.raises(KeyChangeError, match="there is no such key"):
        rotate("0" * 64)
    _, expired = create(table, expires=NOW + 1)
    with pytest.raises(KeyChangeError, match="is expired: create a new one"):
        rotate(expired.digest)
    _, revoked = create(table)
    keys.revoke(table, revoked.digest)
    with pytest.raises(KeyChangeError, match="is revoked: create a new one"):
        rotate(revoked.digest)
    _, twice = create(table)
    rotate(twice.digest)
    with pytest.raises(KeyChangeError, match="was rotated before"):
        rotate(twice.digest)


def test_of_two_rotations_at_once_one_is_refused(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    _, old = create(table)
    seen = keys.find(table, old.digest)
    keys.rotate(table, old.digest, overlap_hours=1, created_by="ann", now=NOW)
    monkeypatch.setattr(keys, "find", lambda *_: seen)
    with pytest.raises(KeyChangeError, match="was changed meanwhile"):
        keys.rotate(table, old.digest, overlap_hours=1, created_by="bob", now=NOW)
    assert len(keys.of_tenant(table, "acme")) == 2


def test_an_unknown_key_cannot_be_revoked(table: Table) -> None:
    with pytest.raises(KeyChangeError, match="there is no such key"):
        keys.revoke(table, "0" * 64)
    assert keys.find(table, "0" * 64) is None


def test_a_deleted_key_is_in_no_list_and_others_stay(table: Table) -> None:
    _, old = create(table)
    secret, other = create(table)
    for _ in range(2):
        keys.delete(table, old)
    assert keys.find(table, old.digest) is None
    assert [key.digest for key in keys.of_tenant(table, "acme")] == [other.digest] == [keys.digest_of(secret)]
