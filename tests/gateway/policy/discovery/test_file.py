import asyncio
import json

import pytest

from gateway.policy.discovery.file import follow, parse
from gateway.policy.services import Price, Service

ENTRY = {
    "name": "dev/qwen",
    "short": "qwen",
    "stack": "dev",
    "team": "a",
    "endpoints": ["127.0.0.1:8001"],
    "key": "k",
    "wakes": False,
    "price": {"input_usd": 0.2, "output_usd": 0.6},
}


def test_an_entry_is_a_service():
    [service], gateways = parse(json.dumps({"services": [ENTRY], "gateways": 3}))
    assert service == Service(
        name="dev/qwen",
        short="qwen",
        team="a",
        endpoints=("127.0.0.1:8001",),
        key="k",
        wakes=False,
        price=Price(input_usd=0.2, output_usd=0.6),
    )
    assert (service.stack, gateways) == ("dev", 3)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"services": [{}]}', '{"services": 3}', '{"services": [[]]}'])
def test_something_else_is_refused(text):
    with pytest.raises(ValueError):
        parse(text)


def test_a_change_is_reported_and_a_mistake_changes_nothing(tmp_path, caplog):
    path = tmp_path / "services.json"
    path.write_text(json.dumps({"services": [ENTRY]}))
    seen = []

    async def steps():
        task = asyncio.create_task(follow(path, lambda services, _: seen.append(len(services))))
        async with asyncio.timeout(60):
            while seen != [1]:  # noqa: ASYNC110 - a file is polled
                await asyncio.sleep(0.01)
            path.write_text("{")
            while "services stay as they were" not in caplog.text:  # noqa: ASYNC110 - a file is polled
                await asyncio.sleep(0.01)
            path.write_text('{"services": []}')
            while seen != [1, 0]:  # noqa: ASYNC110 - a file is polled
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(steps())
