import asyncio

import pytest

from rehearsal.bench import requests
from rehearsal.bench.requests import at_once
from rehearsal.controlplane.errors import AlreadyExistsError, ForbiddenError, UnreachableError


class _Server:
    """Answers in turn; how many requests it had at a time, and in all."""

    def __init__(self, *answers: Exception) -> None:
        self._answers = list(answers)
        self.now = self.most = self.made = 0

    async def call(self) -> None:
        self.made += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if self._answers:
            raise self._answers.pop(0)


def test_all_calls_are_made_and_some_at_a_time() -> None:
    server = _Server()
    asyncio.run(at_once([server.call] * 100))
    assert server.made == 100
    assert 1 < server.most <= 16


def test_a_lost_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The object is made once: what exists at the second try is what the first one made."""
    monkeypatch.setattr(requests, "_PAUSE_SECONDS", 0)
    server = _Server(UnreachableError("gone"), AlreadyExistsError(409, "AlreadyExists", "there"))
    asyncio.run(at_once([server.call]))
    assert server.made == 2


def test_a_refusal_is_told() -> None:
    server = _Server(ForbiddenError(403, "Forbidden", "no"))
    with pytest.raises(ExceptionGroup) as refused:
        asyncio.run(at_once([server.call]))
    assert refused.group_contains(ForbiddenError, match="no")
