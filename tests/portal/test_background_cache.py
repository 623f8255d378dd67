"""A cache beside the pages: bounded in number and in threads, and no caller waits for one."""

import threading
import time
from collections.abc import Callable

import pytest

from portal import background_cache
from portal.background_cache import BackgroundCache
from tests.waiting import until


def made(
    read: Callable[[str], str], *, fresh: float = 60.0, most: int = 10, threads: int = 2
) -> BackgroundCache[str, str]:
    return BackgroundCache(read, "it", fresh=lambda _: fresh, known=(ValueError,), most=most, threads=threads)


def test_only_so_many_are_read_at_once_and_the_others_later(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(background_cache, "_FIRST_SECONDS", 0.01)
    go, reading = threading.Event(), []

    def read(key: str) -> str:
        reading.append(key)
        go.wait(60)
        return key

    found = made(read)
    begin = time.monotonic()
    assert {found.get(str(n)).problem for n in range(10)} == {"it is being read"}
    assert time.monotonic() - begin < 30
    until(lambda: len(reading) == 2)
    assert sorted(reading) == ["0", "1"]
    go.set()
    for n in range(10):
        until(lambda n=n: found.get(str(n)).value == str(n))
    assert sorted(reading) == [str(n) for n in range(10)]


def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(background_cache, "_FIRST_SECONDS", 10.0)
    found = made(str.upper, most=3, threads=1)
    for n in range(50):
        until(lambda n=n: found.get(f"a{n}").value == f"A{n}")
    assert list(found._kept) == ["a47", "a48", "a49"]


def test_a_failure_that_is_not_known_is_a_line_and_the_next_read_is_tried():
    answers = iter([RuntimeError("a secret"), "well"])

    def read(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = made(read, fresh=0.0)
    until(lambda: found.get("a").problem == "the portal could not read it; its log says why")
    until(lambda: not found._kept["a"].reading)
    found._kept["a"].due = 0.0
    until(lambda: found.get("a").value == "well")
