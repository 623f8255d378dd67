"""Pages, answers and the log while the database is away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.jobs.dispatcher import Dispatcher
from tests.portal.people import Portal

AWAY = "the portal's database does not answer: try again in a moment"


@contextmanager
def away(portal: Portal) -> Iterator[None]:
    """Without its database while the block runs."""
    database = portal.deps.database
    file = Path(database.engine.url.database)
    database.engine.dispose()
    kept = file.rename(file.with_name("kept.db"))
    yield
    database.engine.dispose()
    kept.rename(file)


@pytest.mark.parametrize("path", ["/", "/jobs", "/changes/none"])
def test_a_page_says_so_and_comes_back_by_itself(portal: Portal, path: str):
    browser = portal.browser("rosa")
    with away(portal):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"].startswith("text/html")
        assert ("data-retry" in answer.text, 'http-equiv="refresh"' in answer.text) == (True, True)
        assert "This page comes back by itself" in answer.text
    assert browser.get("/").status_code == 200


def test_what_was_sent_is_not_sent_again_by_itself(portal: Portal):
    browser = portal.browser("rosa")
    with away(portal):
        answer = browser.post("/services/none/drift", data={"csrf": "x"})
    assert (answer.status_code, "look before you send it again" in answer.text) == (503, True)
    assert ("data-retry" in answer.text, "http-equiv" in answer.text) == (False, False)


def test_machines_get_one_line_and_when_to_try_again(portal: Portal):
    with away(portal):
        for answer in (portal.rosa.get("/services"), portal.rosa.ask(), portal.rosa.get("/jobs/none/events")):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json()["detail"].startswith(AWAY)
        assert portal.client.get("/metrics").status_code == 503
    assert portal.rosa.get("/services").status_code == 200


def test_the_log_has_one_line_of_it_and_one_of_its_end(portal: Portal, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    work = _rounds(portal.deps.dispatcher)
    with away(portal):
        for _ in range(3):
            portal.rosa.get("/services")
            portal.client.get("/")
            work()
    own = [one for one in caplog.records if one.name.startswith("portal")]
    assert [(one.levelname, one.exc_info) for one in own] == [("ERROR", None)]
    assert "the database cannot be used: " in own[0].getMessage()
    caplog.clear()
    work()
    assert [text.partition(",")[0] for text in caplog.messages] == ["the database answers again"]


def _rounds(dispatcher: Dispatcher) -> Callable[[], None]:
    """One round at a call, as its thread goes round."""
    step = dispatcher.step

    def once() -> None:
        dispatcher.stop()
        step()

    def go() -> None:
        dispatcher._stopping = False
        dispatcher.step = once
        try:
            dispatcher._work()
        finally:
            dispatcher.step = step

    return go
