"""One container's process and its probes."""

import asyncio
import contextlib
from pathlib import Path

from rehearsal.nodes.api import Object
from rehearsal.nodes.containers import ContainerRunner
from rehearsal.nodes.launch import Launch


def test_a_container_that_is_killed_is_not_probed_any_more(tmp_path: Path) -> None:
    """Its node has failed: nothing may be said of it, and no task may be left."""
    said: list[str] = []

    async def prepare(_: Object) -> Launch:
        return Launch(command=["sleep", "60"], environment={}, folder=tmp_path)

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def run() -> bool:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        changed = asyncio.Event()
        runner = ContainerRunner(
            spec={
                "name": "c",
                "image": "i",
                "readinessProbe": {"tcpSocket": {"port": port}, "periodSeconds": 1, "failureThreshold": 1},
            },
            restart="Always",
            address="127.0.0.1",
            log=tmp_path / "log",
            previous=None,
            prepare=prepare,
            changed=changed.set,
            say=lambda reason, *_: said.append(reason),
        )
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(60):
            while not runner.ready:
                await changed.wait()
                changed.clear()
        before = len(asyncio.all_tasks())
        runner.kill()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        server.close()
        await asyncio.sleep(1.3)
        return len(asyncio.all_tasks()) < before - 1

    assert asyncio.run(run())
    assert said == ["Started"]
