"""An open stream ends with what let it be opened: account, token, session, role, team."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import httpx
import pytest

from portal.db.people import Membership, Person
from portal.http import event_stream
from portal.jobs import feed
from tests.portal.browser.scenes import Machine, wait
from tests.portal.browser.site import Site, serving
from tests.portal.people import PASSWORD, SERVICE

_SECONDS = 60.0


class Watcher:
    """Somebody's open stream of a job, read in a thread."""

    def __init__(self, client: httpx.Client, path: str) -> None:
        self.lines: list[str] = []
        self.end: dict | None = None
        self._client, self._path = client, path
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._client.stream("GET", self._path) as answer:
            kind = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: ") and kind == "end":
                    self.end = json.loads(line.removeprefix("data: "))
                elif line.startswith("data: "):
                    self.lines.append(line)

    def ended(self) -> dict:
        self._thread.join(_SECONDS)
        assert self.end is not None, "the stream goes on"
        return self.end


@pytest.fixture
def site(tmp_path, sqlite_url, passwords) -> Iterator[Site]:
    with serving(tmp_path / "data", sqlite_url, passwords) as found:
        yield found


@pytest.fixture
def vera(site: Site) -> Iterator[httpx.Client]:
    """A browser in which a viewer is signed in."""
    with httpx.Client(base_url=site.url, timeout=_SECONDS, trust_env=False) as client:
        assert client.post("/sign-in", data={"login": "vera", "password": PASSWORD}).status_code == 303
        yield client


def form(client: httpx.Client) -> dict[str, str]:
    return {"X-CSRF-Token": client.get("/api/v1/form-token").json()["token"]}


@pytest.fixture
def job(site: Site) -> str:
    """A job that runs until the test releases it."""
    site.runner.hold = True
    rosa = Machine(site, "rosa")
    found: str = rosa.post("/services", **SERVICE)["job"]
    wait(lambda: any(run.alive for run in list(site.runner.runs.values())), "the run did not begin")
    rosa.close()
    return found


def close_account(site: Site, client: httpx.Client) -> None:
    root = Machine(site, "root")
    person = next(one["id"] for one in root.get("/people") if one["login"] == "vera")
    root.post(f"/people/{person}/close")
    root.close()


def sign_out(site: Site, client: httpx.Client) -> None:
    csrf = client.get("/api/v1/form-token").json()["token"]
    assert client.post("/sign-out", data={"csrf": csrf}).status_code == 303


def lose_role(site: Site, client: httpx.Client) -> None:
    with site.deps.database.session() as session:
        vera = session.query(Person).filter_by(login="vera").one()
        session.query(Membership).filter_by(person_id=vera.id).delete()


def change_team(site: Site, client: httpx.Client) -> None:
    with site.deps.database.session() as session:
        vera = session.query(Person).filter_by(login="vera").one()
        session.query(Membership).filter_by(person_id=vera.id).update({"team": "support"})


@pytest.mark.parametrize(
    ("lose", "told"),
    [
        (close_account, "sign in first"),
        (sign_out, "sign in first"),
        (lose_role, "no such job"),
        (change_team, "no such job"),
    ],
    ids=["account", "sign-out", "role", "team"],
)
def test_a_browsers_stream_ends_with_what_let_it_be_opened(
    site: Site, vera: httpx.Client, job: str, lose: Callable[[Site, httpx.Client], None], told: str
):
    watcher = Watcher(vera, f"/api/v1/jobs/{job}/events")
    site.runner.say(site.runner.held_run(), "note", text="before")
    wait(lambda: any("before" in line for line in watcher.lines), "the stream is not open")
    lose(site, vera)
    time.sleep(event_stream.CHECK_SECONDS)
    site.runner.say(site.runner.held_run(), "note", text="after")
    end = watcher.ended()
    assert (end["status"], told in end["error"]) == ("closed", True), end
    assert not any("after" in line for line in watcher.lines)


def test_a_tokens_stream_ends_with_it_though_nothing_happens(site: Site, vera: httpx.Client, job: str):
    made = vera.post("/api/v1/tokens", json={"name": "ci"}, headers=form(vera)).json()
    with httpx.Client(
        base_url=site.url, timeout=_SECONDS, trust_env=False, headers={"Authorization": f"Bearer {made['token']}"}
    ) as machine:
        watcher = Watcher(machine, f"/api/v1/jobs/{job}/events")
        wait(lambda: watcher.lines != [], "the stream is not open")
        vera.delete(f"/api/v1/tokens/{made['id']}", headers=form(vera)).raise_for_status()
        end = watcher.ended()
    assert (end["status"], "revoked" in end["error"]) == ("closed", True)
    assert event_stream.CHECK_SECONDS <= feed.HEARTBEAT_SECONDS <= 5


def test_others_go_on_to_the_jobs_end(site: Site, vera: httpx.Client, job: str):
    watcher = Watcher(vera, f"/jobs/{job}/log")
    wait(lambda: watcher.lines != [], "the stream is not open")
    time.sleep(event_stream.CHECK_SECONDS)
    site.runner.say(site.runner.held_run(), "note", text="more")
    site.runner.release()
    assert watcher.ended() == {"status": "succeeded", "error": None}
    assert any("more" in line for line in watcher.lines)


def test_streams_that_are_requested_at_the_same_time_count_too():
    counts: Counter[str] = Counter()
    deps = SimpleNamespace(streams=counts)
    browser = SimpleNamespace(sign_in=SimpleNamespace(id="a browser"))

    async def slots() -> list[bool]:
        # A session that is restored requests all before the first of them is answered.
        made = [event_stream.browser_slot(deps, browser) for _ in range(6)]
        found = [await anext(slot) for slot in made]
        for slot in made:
            await slot.aclose()
        return found

    assert asyncio.run(slots()) == [True] * event_stream.BROWSER_STREAMS + [False] * 2
    assert counts == Counter()


def test_all_tokens_of_a_person_have_the_streams_of_one_browser():
    counts: Counter[str] = Counter()
    deps = SimpleNamespace(streams=counts)

    async def slots(*people: str) -> list[bool]:
        made = [
            event_stream.browser_slot(deps, SimpleNamespace(sign_in=None, actor=SimpleNamespace(id=one)))
            for one in people
        ]
        found = [await anext(slot) for slot in made]
        for slot in made:
            await slot.aclose()
        return found

    of_one = [True] * event_stream.BROWSER_STREAMS + [False]
    assert asyncio.run(slots(*["vera"] * len(of_one), "paul")) == [*of_one, True]
    assert counts == Counter()


def test_a_persons_streams_of_the_api_are_bounded(site: Site, vera: httpx.Client, job: str, monkeypatch):
    monkeypatch.setattr(event_stream, "PERSON_STREAMS", 2)
    path = f"/api/v1/jobs/{job}/events"
    open_streams = [Watcher(vera, path) for _ in range(2)]
    wait(lambda: all(watcher.lines for watcher in open_streams), "the streams are not open")
    refused = vera.get(path)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
    assert "you have 2 streams of jobs open" in refused.json()["detail"]
    site.runner.release()
    for watcher in open_streams:
        assert watcher.ended() == {"status": "succeeded", "error": None}
    wait(lambda: not site.deps.streams, "ended streams are still counted")
    assert vera.get(path).status_code == 200


def test_a_browser_beyond_its_streams_gets_what_there_is_and_asks_again(site: Site, vera: httpx.Client, job: str):
    open_streams = [Watcher(vera, f"/jobs/{job}/log") for _ in range(event_stream.BROWSER_STREAMS)]
    wait(lambda: all(watcher.lines for watcher in open_streams), "the streams are not open")
    text = vera.get(f"/jobs/{job}/log").text
    assert ("retry: 2000" in text, "event: line" in text, text.endswith("event: pause\ndata: {}\n\n")) == (True,) * 3
    site.runner.release()
    for watcher in open_streams:
        assert watcher.ended() == {"status": "succeeded", "error": None}
    wait(lambda: not site.deps.streams, "ended streams are still counted")


def test_a_stream_starts_after_the_last_event_id(site: Site, vera: httpx.Client, job: str):
    site.runner.release()
    wait(lambda: "event: end" in vera.get(f"/api/v1/jobs/{job}/events").text, "the job does not end")
    every = [line for line in vera.get(f"/api/v1/jobs/{job}/events").text.splitlines() if line.startswith("id: ")]
    assert every[0] == "id: 1"
    last = every[-1].removeprefix("id: ")
    rest = vera.get(f"/api/v1/jobs/{job}/events", headers={"Last-Event-ID": last}).text
    assert ("id: " in rest, "event: end" in rest) == (False, True)


@pytest.mark.parametrize(("query", "header"), [("?after=-1", ""), ("", "none")])
def test_a_number_that_was_never_sent_is_refused(site: Site, vera: httpx.Client, job: str, query: str, header: str):
    answer = vera.get(f"/api/v1/jobs/{job}/events{query}", headers={"Last-Event-ID": header} if header else {})
    assert (answer.status_code, "is not a number this stream has sent" in answer.text) == (422, True)
