"""A part of a page, live: sent when it differs, and ended with what let it be seen."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from portal.errors import ForbiddenError, NotSignedInError
from portal.http import fragment_stream
from portal.http.fragment_stream import FragmentStream


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragment_stream, "current_user", lambda request, _: request.user())


class Request:
    """Of a watcher who goes after some looks."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    async def is_disconnected(self) -> bool:
        self.left -= 1
        return self.left < 0

    def user(self) -> Any:
        return "vera"


def events(texts: list[Any], request: Request | None = None, **options: Any) -> list[tuple[Any, Any]]:
    """What a watcher gets of a part that has these texts one after the other."""
    shown = iter(texts)

    def render(user: Any) -> str:
        assert user == "vera"
        found = next(shown)
        if isinstance(found, Exception):
            raise found
        return str(found)

    async def read() -> list[tuple[Any, Any]]:
        watched = request or Request(len(texts))
        stream = FragmentStream(request=watched, deps=SimpleNamespace(), render=render, seconds=0.0)  # type: ignore[arg-type]
        return [(one.event or one.comment, one.data) async for one in stream.events(**options) if one.retry is None]

    return asyncio.run(read())


def test_only_what_differs_is_sent():
    assert events(["a", "a", "b", "b"]) == [("fragment", {"html": "a"}), ("fragment", {"html": "b"})]


def test_a_silent_stream_shows_that_it_lives():
    found = events(["a"] * 12)
    assert found[0] == ("fragment", {"html": "a"})
    assert [kind for kind, _ in found[1:]] == ["heartbeat", "heartbeat"]


def test_a_browser_that_has_all_its_streams_gets_it_once():
    assert events(["a", "b"], once=True) == [("fragment", {"html": "a"}), ("pause", {})]


@pytest.mark.parametrize("refusal", [ForbiddenError("not any more"), NotSignedInError("not any more")])
def test_it_ends_with_what_let_it_be_seen(refusal: Exception):
    found = events(["a", refusal, "b"])
    assert found == [("fragment", {"html": "a"}), ("end", {"status": "closed", "error": "not any more"})]
