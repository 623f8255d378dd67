"""The supervisor where no process can be started."""

import asyncio

import pytest

from gateway.policy.supervision.children import Children
from gateway.policy.supervision.supervisor import Supervisor
from tests.gateway.support.stack import Stack


def test_a_supervisor_that_can_start_no_process_ends_so_that_its_container_is_started_again(tmp_path, monkeypatch):
    async def none(_children, _number):
        raise OSError("no more processes")

    monkeypatch.setattr(Children, "_start", none)
    stack = Stack(tmp_path, {})
    with pytest.raises(OSError, match="no more processes"):
        asyncio.run(asyncio.wait_for(Supervisor(stack.config, tmp_path / "gateway.json").run(), 60))
