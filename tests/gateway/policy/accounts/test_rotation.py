"""Rotation beside the real Envoy: every request is in one of the two files."""

import asyncio

from gateway.policy.accounts.rotation import rotate
from gateway.policy.accounts.tail import Tail
from gateway.policy.envoy_admin import EnvoyAdmin
from tests.gateway.support.processes import until
from tests.gateway.support.stack import Stack


async def rotated(log, admin, **more):
    envoy = EnvoyAdmin(admin)
    try:
        return await rotate(log, envoy, **more)
    finally:
        await envoy._client.aclose()


def test_envoy_goes_on_in_a_new_file(tmp_path):
    with Stack(tmp_path, {"dev/qwen": 1}) as stack:
        log = stack.config.folder / "usage.log"
        tail = Tail(log)
        lines = []
        for _ in range(3):
            stack.chat("dev/qwen")
        until("Envoy has written", lambda: lines.extend(tail.read()) or len(lines) == 3)
        assert not asyncio.run(rotated(log, stack.config.admin))
        assert asyncio.run(rotated(log, stack.config.admin, most_bytes=100))
        for _ in range(2):
            stack.chat("dev/qwen")
        until("every line is read", lambda: lines.extend(tail.read()) or len(lines) == 5)
        assert log.with_name("usage.log.1").exists()


def test_a_log_that_envoy_did_not_open_again_is_opened_by_the_next_call(tmp_path):
    log = tmp_path / "usage.log"
    log.write_text("a\n")
    assert not asyncio.run(rotated(log, 1, most_bytes=1))
    assert not log.exists()
    assert not asyncio.run(rotated(log, 1))
