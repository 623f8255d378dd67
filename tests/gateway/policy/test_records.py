"""A table that does not answer for a while, with the real policy behind the real Envoy."""

import time

from gateway.policy.cache import WAIT_SECONDS
from gateway.store import keys
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Stack


def test_known_keys_are_served_and_unknown_ones_refused_while_the_table_is_away(tmp_path, table):
    key, unknown = table.key(), table.key()
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        assert stack.chat("dev/qwen", key=key).status_code == 200
        table.away()
        stack.table_away = True
        try:
            away_since = time.monotonic()
            slow = []
            while time.monotonic() - away_since < 9:
                started = time.monotonic()
                assert stack.chat("dev/qwen", key=key).status_code == 200
                slow.append(time.monotonic() - started)
                time.sleep(0.02)
            assert sorted(slow)[len(slow) // 2] < WAIT_SECONDS, "the table is not waited for"
            answer = stack.chat("dev/qwen", key=unknown)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "keys_unavailable")
            assert answer.headers["retry-after"] == "5"
        finally:
            table.back()
        until("the unknown key is known", lambda: stack.chat("dev/qwen", key=unknown).status_code == 200)
        [engine] = stack.services["dev/qwen"].engines

        def agrees():
            found = table.used()
            counted = engine.counters()
            return (found.requests, found.completion_tokens) == (counted["requests"], counted["completion_tokens"])

        until("nothing of the usage is lost", agrees)
        keys.revoke(table.table, keys.digest_of(key))
        until("a revocation counts again", lambda: stack.chat("dev/qwen", key=key).status_code == 401)


def test_a_killed_process_costs_no_known_key_while_the_table_is_away(tmp_path, table):
    key = table.key()
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        assert stack.chat("dev/qwen", key=key).status_code == 200
        table.away()
        try:
            # The second process has decided nothing so far.
            stack.policy_process(0).kill()
            until("the second process decides", lambda: stack.chat("dev/qwen", key=key).status_code == 200)
            assert [stack.chat("dev/qwen", key=key).status_code for _ in range(20)] == [200] * 20
        finally:
            table.back()
