import pytest

from gateway.store import consents, items, keys, tenants
from gateway.store.consents import Consent, ConsentError
from gateway.store.table import Table

GIVEN = Consent(tenant="acme", text="CTO, T-1", since=5, written_by="arn")


@pytest.fixture
def acme(table: Table) -> Table:
    tenants.save(table, "acme", {"tokens_per_minute": 7}, version=0)
    return table


def test_what_is_given_is_found_and_withdrawn(acme: Table) -> None:
    assert consents.find(acme, "acme") is None
    assert consents.give(acme, "acme", "CTO, T-1", written_by="arn", now=5) == GIVEN
    assert consents.of(acme, ["acme", "other", "a#b"]) == {"acme": GIVEN}
    consents.withdraw(acme, "acme")
    consents.withdraw(acme, "acme")
    assert consents.find(acme, "acme") is None


def test_limits_and_consent_leave_each_other_alone(acme: Table) -> None:
    consents.give(acme, "acme", "CTO, T-1", written_by="arn", now=5)
    tenants.save(acme, "acme", {"tokens_per_minute": 8}, version=1)
    assert consents.find(acme, "acme") == GIVEN
    found = tenants.find(acme, "acme")
    assert found
    assert found.limits.given() == {"tokens_per_minute": 8}
    keys.create(acme, "acme", "one", created_by="arn", now=1)
    assert len(keys.of_tenant(acme, "acme")) == 1


def test_a_later_tenant_of_the_name_has_agreed_to_nothing(acme: Table) -> None:
    consents.give(acme, "acme", "CTO, T-1", written_by="arn", now=5)
    tenants.remove(acme, "acme")
    tenants.save(acme, "acme", {}, version=0)
    assert consents.find(acme, "acme") is None


@pytest.mark.parametrize("text", ["", "ok", " CTO", "a\nb", "x" * 257, "-- yes"])
def test_a_text_that_names_nobody_is_refused(acme: Table, text: str) -> None:
    with pytest.raises(ConsentError, match="write who agreed and where"):
        consents.give(acme, "acme", text, written_by="arn", now=5)
    assert acme.get(items.consent_place("acme")) is None


def test_there_is_no_consent_without_a_tenant(table: Table) -> None:
    with pytest.raises(ConsentError, match="there is no tenant acme"):
        consents.give(table, "acme", "CTO, T-1", written_by="arn", now=5)
