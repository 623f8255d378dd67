"""What an engine says of its usage cannot give a tenant more than its limits."""

import json
from collections.abc import Iterator

import pytest

from tests.gateway.hostile.conftest import Target
from tests.gateway.support.engines import Engine
from tests.gateway.support.processes import until

WHOLE = {"id": "x", "object": "chat.completion", "choices": [{"message": {"role": "assistant", "content": "x"}}]}
USAGES = [
    {"prompt_tokens": -1000, "completion_tokens": -1000},
    {"prompt_tokens": -1e30, "completion_tokens": -1e300},
    {"prompt_tokens": "-5", "completion_tokens": "x"},
    {"prompt_tokens": [1], "completion_tokens": {"a": 1}},
    {"prompt_tokens": None, "completion_tokens": None},
    {"prompt_tokens": -5, "completion_tokens": True},
]


@pytest.fixture
def engine(target: Target) -> Iterator[Engine]:
    """The engine of ``dev/secret``, which lies; afterwards as it was."""
    yield target.secret
    target.secret.behave()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("usage", USAGES, ids=json.dumps)
def test_usage_below_nothing_counts_as_nothing(target: Target, engine: Engine, usage: object, *, stream: bool) -> None:
    body = json.dumps(WHOLE | {"usage": usage})
    engine.behave(
        raw=f"data: {body}\n\ndata: [DONE]\n\n" if stream else body,
        raw_type="text/event-stream" if stream else "application/json",
    )
    before = target.table.used("other")
    assert target.stack.chat("dev/secret", key=target.keys["other"], stream=stream).status_code == 200
    until("the usage is written", lambda: target.table.used("other").requests > before.requests, pause=0.2)
    after = target.table.used("other")
    assert after.prompt_tokens >= before.prompt_tokens
    assert after.completion_tokens >= before.completion_tokens
    answer = target.stack.chat("dev/secret", key=target.keys["other"])
    left, limit = (int(answer.headers[f"x-ratelimit-{name}-tokens"]) for name in ("remaining", "limit"))
    assert 0 <= left <= limit


def test_usage_beyond_all_measure_is_bounded(target: Target, engine: Engine) -> None:
    engine.behave(raw=json.dumps(WHOLE | {"usage": {"prompt_tokens": 1e300, "completion_tokens": 10**30}}))
    before = target.table.used("other")
    assert target.stack.chat("dev/secret", key=target.keys["other"]).status_code == 200
    until("the usage is written", lambda: target.table.used("other").requests > before.requests, pause=0.2)
    # The answer of the test before may be among them.
    assert target.table.used("other").completion_tokens - before.completion_tokens < 1_000_000
    assert target.table.used("other").prompt_tokens - before.prompt_tokens < 1_000_000


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
def test_a_stream_of_several_answers_that_its_client_leaves_counts_them_all(target: Target, path: str) -> None:
    """vLLM reports in each event the tokens of the one answer that it is of."""
    prompts = ["a b c", "d e f"]
    body = {"model": "qwen", "n": 4, "max_tokens": 60, "ignore_eos": True, "stream": True}
    body |= {"prompt": prompts} if path == "/v1/completions" else {"messages": [{"role": "user", "content": "a b c"}]}
    before = target.table.used("acme")
    seen = 0
    headers = {"authorization": f"Bearer {target.keys['key']}"}
    with target.stack.client.stream("POST", path, json=body, headers=headers) as answer:
        assert answer.status_code == 200
        for event in answer.iter_lines():
            if not event.startswith("data: {"):
                continue
            [choice] = json.loads(event.removeprefix("data: "))["choices"]
            seen += bool(choice.get("text") or choice.get("delta", {}).get("content"))
            if choice["index"] == 2 and choice["finish_reason"]:
                break
    assert seen == 3 * 60
    until("the usage is written", lambda: target.table.used("acme").requests > before.requests, pause=0.2)
    used = target.table.used("acme").completion_tokens - before.completion_tokens
    assert used >= 0.9 * seen, "what the client saw, but for an estimate's error"
    assert used <= 8 * 60
