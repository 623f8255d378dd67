"""What changes while requests are held: files of the IDs alone, and through the real Envoy and the real policy."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from gateway.policy.held import HeldRequests
from gateway.store import keys, tenants, usage
from tests.gateway.policy.test_hold import count, held
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Service, Stack

REQUEST = "606ba818-9bfd-48e2-8e43-cdda897ec00a"


def test_what_a_process_holds_the_other_one_finds_until_it_ends(tmp_path):
    one, other = (HeldRequests(tmp_path / "held", number, 60) for number in (0, 1))
    with one.keep(REQUEST):
        assert other.of_the_other(REQUEST)
        assert not one.of_the_other(REQUEST), "it is its own"
        with other.keep(REQUEST):
            assert one.of_the_other(REQUEST)
        assert other.of_the_other(REQUEST)
    assert not other.of_the_other(REQUEST)


def test_what_a_killed_process_left_goes_when_it_is_older_than_a_hold(tmp_path):
    folder = tmp_path / "held"
    HeldRequests(folder, 0, 60)
    for name, age in (("old", 100), ("new", 10)):
        (folder / "0" / name).touch()
        os.utime(folder / "0" / name, 2 * (time.time() - age,))
    HeldRequests(folder, 0, 60)
    other = HeldRequests(folder, 1, 60)
    assert (other.of_the_other("old"), other.of_the_other("new")) == (False, True)


@pytest.mark.parametrize("request_id", ["", "..", "../1/x", "a/b", "x" * 65, "a\n"])
def test_what_is_no_id_of_envoys_names_no_file(tmp_path, request_id):
    one, other = (HeldRequests(tmp_path / "held", number, 60) for number in (0, 1))
    before = sorted(tmp_path.rglob("*"))
    with one.keep(request_id):
        assert not other.of_the_other(request_id)
        assert sorted(tmp_path.rglob("*")) == before


def test_without_room_in_the_folder_a_request_is_held_all_the_same(tmp_path):
    (tmp_path / "held").write_text("no folder")
    one = HeldRequests(tmp_path / "held", 0, 60)
    with one.keep(REQUEST):
        assert not one.of_the_other(REQUEST)


@pytest.fixture
def stack(tmp_path, table):
    price = {"input_usd": 100.0, "output_usd": 1000.0}
    warm = Service(price=price)
    with Stack(
        tmp_path,
        {"dev/cold": Service(price=price), "dev/warm": warm},
        policy="real",
        environment=table.environment,
        hold_seconds=240,
    ) as found:
        found.add("dev/warm")
        found.wait_healthy("dev/warm", 1)
        yield found


def test_a_killed_process_costs_none_of_the_requests_that_it_held(stack, table):
    """They came over three seconds, and come to the other process at once: more than the tenant's limits would let pass."""
    key = table.key("crowd", requests_per_second=2, tokens_per_minute=240)
    with ThreadPoolExecutor(8) as pool:
        answers = []
        for number in range(8):
            answers.append(pool.submit(stack.chat, "dev/cold", key=key, max_tokens=4))
            until("it waits", lambda number=number: held(stack) == number + 1)
            time.sleep(0.6)
        stack.wait_healthy("policy", 2)
        folder = stack.config.folder / "held"
        assert len(list((folder / "0").iterdir())) == 8
        stack.policy_process(0).kill()
        until("the other process has them", lambda: len(list((folder / "1").iterdir())) == 8)
        stack.add("dev/cold")
        assert [each.result().status_code for each in answers] == 8 * [200]
    until("none is kept", lambda: not list((folder / "1").iterdir()))
    until("the usage is written", lambda: table.used("crowd").requests == 8, pause=0.2)
    until("none is in flight", lambda: count(stack, "in_flight") == 0)


def test_a_request_that_was_held_is_decided_by_what_holds_when_a_replica_comes(stack, table):
    """But for the limits of which it has taken its part: lower ones, and ones that it would exceed, let it pass."""
    made = {
        "revoked": {},
        "narrowed": {},
        "spent": {"usd_per_day": Decimal(5)},
        "capped": {},
        "slowed": {},
        "richer": {"usd_per_day": Decimal("0.03"), "concurrent_requests": 1},
    }
    made_keys = {name: table.key(name, **limits) for name, limits in made.items()}
    others = {name: table.key(name) for name in made}

    def warm(name):
        """Status, code and limit of tokens of a request for the other model, which is decided by what holds now."""
        answer = stack.chat("dev/warm", key=others[name], max_tokens=1)
        code = answer.json()["error"]["code"] if answer.status_code != 200 else ""
        return answer.status_code, code, answer.headers.get("x-ratelimit-limit-tokens")

    with ThreadPoolExecutor(len(made)) as pool:
        answers = {name: pool.submit(stack.chat, "dev/cold", key=key) for name, key in made_keys.items()}
        until("all wait", lambda: held(stack) == len(made))
        keys.revoke(table.table, keys.digest_of(made_keys["revoked"]))
        tenants.save(table.table, "narrowed", {"models": ["dev/warm"]}, version=1)
        tenants.save(table.table, "capped", {"usd_per_day": Decimal(1)}, version=1)
        slower = {"requests_per_second": 1, "tokens_per_minute": 20, "concurrent_requests": 1}
        tenants.save(table.table, "slowed", slower, version=1)
        tenants.save(table.table, "richer", {"usd_per_day": Decimal(9)}, version=1)
        hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
        for name in ("spent", "capped"):
            spend = usage.Usage(hour=hour, model="dev/warm", requests=1, microusd=6_000_000)
            usage.add(table.table, name, [spend], batch="elsewhere")
        ended = {"authorization": f"Bearer {made_keys['revoked']}"}
        until("the key has ended", lambda: stack.client.get("/v1/models", headers=ended).status_code == 401, pause=0.3)
        for name in ("spent", "capped"):
            until(f"{name} has no budget left", lambda name=name: warm(name)[1] == "insufficient_quota", pause=0.3)
        until("the lower limits hold", lambda: warm("slowed")[2] == "20", pause=0.3)
        until("the larger budget holds", lambda: warm("richer")[0] == 200, pause=0.3)
        models = lambda: stack.client.get("/v1/models", headers={"authorization": f"Bearer {others['narrowed']}"})  # noqa: E731
        until("the list of models is short", lambda: "cold" not in models().text, pause=0.3)
        stack.add("dev/cold")
        found = {name: each.result() for name, each in answers.items()}
    codes = {name: answer.json().get("error", {}).get("code") for name, answer in found.items()}
    assert codes == {
        "revoked": "invalid_api_key",
        "narrowed": "model_not_found",
        "spent": "insufficient_quota",
        "capped": "insufficient_quota",
        "slowed": None,
        "richer": None,
    }
    assert 1 <= int(found["spent"].headers["retry-after"]) <= 3600
    assert found["slowed"].headers["x-ratelimit-limit-tokens"] == "20"
    [engine] = stack.services["dev/cold"].engines
    assert engine.counters()["requests"] == 2
    until("none is in flight", lambda: count(stack, "in_flight") == 0)
    until("the usage is written", lambda: table.used("slowed").completion_tokens >= 3, pause=0.2)
    assert stack.chat("dev/cold", key=made_keys["revoked"]).status_code == 401
