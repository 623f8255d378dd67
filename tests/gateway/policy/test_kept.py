"""Records that one process keeps and another finds."""

import asyncio
from decimal import Decimal

import pytest

from gateway.policy.cache import STALE_SECONDS, Cache, UnavailableError
from gateway.policy.kept import KEEP_SECONDS, Kept
from gateway.policy.records import _dump, _load
from gateway.store.limits import Limits
from gateway.store.tenants import Tenant


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def kept(tmp_path, clock):
    return Kept(tmp_path / "kept", dict, lambda record: record, clock)


def test_the_other_process_finds_a_record_with_its_age(tmp_path):
    clock = Clock()
    one, other = kept(tmp_path, clock), kept(tmp_path, clock)
    one.keep("a", {"x": 1})
    clock.now += 7
    assert other.find("a") == ({"x": 1}, 7.0)
    assert other.find("b") is None
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    one.keep("a", None)
    assert other.find("a") is None


def test_an_unchanged_record_is_written_again_after_a_while_only(tmp_path):
    clock = Clock()
    one = kept(tmp_path, clock)
    for seconds, age in ((0, 0), (KEEP_SECONDS - 1, KEEP_SECONDS - 1), (1, 0)):
        clock.now += seconds
        one.keep("a", {"x": 1})
        assert one.find("a")[1] == age
    one.keep("a", {"x": 2})
    assert one.find("a") == ({"x": 2}, 0)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": "x"}', '{"at": 1e99, "record": {}}'])
def test_a_file_that_cannot_be_used_is_no_record(tmp_path, text):
    one = kept(tmp_path, Clock())
    one.keep("a", {"x": 1})
    [path] = (tmp_path / "kept").iterdir()
    path.write_text(text)
    assert one.find("a") is None


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "kept").write_text("a file")
    one = kept(tmp_path, Clock())
    one.keep("a", {"x": 1})
    assert one.find("a") is None


def test_a_tenant_is_the_same_afterwards():
    limits = Limits(models=("dev/qwen",), requests_per_second=Decimal("0.5"), usd_per_day=Decimal(3), team="blue")
    tenant = Tenant(name="acme", limits=limits, version=3)
    record = {
        **_dump(tenant),
        "limits": {name: str(each) if isinstance(each, Decimal) else each for name, each in limits.given().items()},
    }
    assert _load(record) == tenant


def test_a_new_process_serves_what_the_other_one_knew_while_the_table_is_away(tmp_path):
    async def steps():
        clock, failures = Clock(), []

        async def there(_name):
            return {"x": 1}

        async def away(_name):
            raise OSError

        old = Cache(there, lambda: failures.append(1), clock, kept(tmp_path, clock))
        assert await old.get("a") == {"x": 1}
        new = Cache(away, lambda: failures.append(1), clock, kept(tmp_path, clock))
        clock.now += 60
        assert await new.get("a") == {"x": 1}
        with pytest.raises(UnavailableError):
            await new.get("b")
        clock.now += STALE_SECONDS
        with pytest.raises(UnavailableError):
            await new.get("a")

    asyncio.run(steps())
