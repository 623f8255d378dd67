from decimal import Decimal

import pytest

from gateway.store import keys, tenants
from gateway.store.items import limits_place
from gateway.store.limits import Limits, LimitsError
from gateway.store.table import Table, Write
from gateway.store.tenants import Tenant, TenantChangeError

ALL = {
    "models": ["qwen", "dev/llama"],
    "requests_per_second": 2.5,
    "tokens_per_minute": 5000,
    "concurrent_requests": 8,
    "usd_per_day": "12.50",
    "usd_per_month": 200,
    "team": "search",
}


def test_what_is_written_is_read_again(table: Table) -> None:
    written = tenants.save(table, "acme", ALL, version=0)
    assert tenants.find(table, "acme") == written
    assert written == Tenant(
        name="acme",
        version=1,
        limits=Limits(
            models=("qwen", "dev/llama"),
            requests_per_second=Decimal("2.5"),
            tokens_per_minute=5000,
            concurrent_requests=8,
            usd_per_day=Decimal("12.5"),
            usd_per_month=Decimal(200),
            team="search",
        ),
    )


def test_a_tenant_without_limits_exists(table: Table) -> None:
    tenants.save(table, "acme", Limits(), version=0)
    assert tenants.find(table, "acme") == Tenant(name="acme", version=1, limits=Limits())
    assert tenants.find(table, "other") is None
    assert tenants.find(table, "a#b") is None


def test_a_later_write_replaces_all_limits(table: Table) -> None:
    tenants.save(table, "acme", ALL, version=0)
    tenants.save(table, "acme", {"tokens_per_minute": 7}, version=1)
    assert tenants.find(table, "acme") == Tenant(name="acme", version=2, limits=Limits(tokens_per_minute=7))


def test_of_two_writers_the_second_is_refused(table: Table) -> None:
    tenants.save(table, "acme", {}, version=0)
    tenants.save(table, "acme", {"tokens_per_minute": 7}, version=1)
    with pytest.raises(TenantChangeError, match="tenant acme was changed or removed meanwhile"):
        tenants.save(table, "acme", {"tokens_per_minute": 9}, version=1)
    with pytest.raises(TenantChangeError, match="tenant acme is there already"):
        tenants.save(table, "acme", {}, version=0)
    assert tenants.find(table, "acme") == Tenant(name="acme", version=2, limits=Limits(tokens_per_minute=7))


def test_mistakes_are_refused_before_a_write(table: Table) -> None:
    with pytest.raises(LimitsError):
        tenants.save(table, "acme", {"tokens_per_minute": 0}, version=0)
    with pytest.raises(TenantChangeError, match="name of a tenant"):
        tenants.save(table, "a b", {}, version=0)
    assert tenants.ever_named(table) == []


def test_a_removed_tenant_has_no_valid_key_and_comes_back_without(table: Table) -> None:
    tenants.save(table, "acme", ALL, version=0)
    made = [keys.create(table, "acme", "k", created_by="ann", now=100)[1] for _ in range(2)]
    keys.revoke(table, made[0].digest)
    assert tenants.remove(table, "acme") == 1
    assert tenants.find(table, "acme") is None
    assert tenants.every(table) == []
    assert tenants.ever_named(table) == ["acme"]
    with pytest.raises(TenantChangeError, match="there is no tenant acme"):
        tenants.remove(table, "acme")
    tenants.save(table, "acme", {}, version=0)
    assert all(key.revoked for key in keys.of_tenant(table, "acme"))


def test_a_removal_that_was_cut_off_is_finished_by_the_next(table: Table) -> None:
    tenants.save(table, "acme", ALL, version=0)
    keys.create(table, "acme", "k", created_by="ann", now=100)
    table.transact([Write(place=limits_place("acme"), delete=True)])
    assert tenants.remove(table, "acme") == 1


def test_every_tenant_by_name(table: Table) -> None:
    for name in ("b", "a", "c"):
        tenants.save(table, name, {}, version=0)
    tenants.remove(table, "c")
    assert [each.name for each in tenants.every(table)] == ["a", "b"]


def test_limits_that_were_written_by_hand_and_are_wrong(table: Table) -> None:
    table.transact([Write(place=limits_place("acme"), item={"tokens_per_minute": "lots", "version": 1})])
    with pytest.raises(LimitsError, match="tenant acme: tokens_per_minute: 'lots'"):
        tenants.find(table, "acme")
