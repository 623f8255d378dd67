import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from gateway.envoy.access_log import LOG_FILE
from gateway.envoy.bootstrap import CLUSTERS_FILE
from gateway.envoy.dynamic import DynamicFiles, put
from gateway.policy.accounts.entries import parse
from tests.gateway.support.engines import Engine
from tests.gateway.support.fake_policy import KEYS
from tests.gateway.support.processes import until
from tests.gateway.support.stack import CHAT, Stack

NAME = "dev/qwen"
HEADERS = {"authorization": f"Bearer {KEYS[0]}"}
STREAM = {"model": NAME, "stream": True, **CHAT}


@pytest.fixture
def pair(tmp_path):
    with Stack(tmp_path, {NAME: 2}, concurrency=2) as stack:
        yield stack


@pytest.fixture
def lone(tmp_path):
    with Stack(tmp_path, {NAME: 1}) as stack:
        yield stack


def statuses(stack, count):
    with ThreadPoolExecutor(8) as pool:
        return [answer.status_code for answer in pool.map(lambda _: stack.chat(NAME), range(count))]


def test_requests_on_a_killed_engine_are_made_again_on_another(pair):
    dying, other = pair.services[NAME].engines
    for engine in (dying, other):
        engine.behave(wait_after=0)
    with ThreadPoolExecutor(24) as pool:
        futures = [pool.submit(pair.chat, NAME) for _ in range(24)]
        until("all are on the engines", lambda: sum(each.counters()["open"] for each in (dying, other)) == 24)
        assert dying.counters()["open"] > 0
        dying.process.kill()
        until("they came again", lambda: other.counters()["requests"] == 24)
        other.behave()
        assert [future.result().status_code for future in futures] == [200] * 24
    assert statuses(pair, 32) == [200] * 32


def test_a_stream_that_breaks_never_looks_complete(pair):
    for engine in pair.services[NAME].engines:
        engine.behave(chunks=9, break_after=3)
    with pair.client.stream("POST", "/v1/chat/completions", json=STREAM, headers=HEADERS) as answer:
        got = []
        with pytest.raises(httpx.RemoteProtocolError):
            got.extend(answer.iter_text())
    text = "".join(got)
    assert text.count("data: ") == 3
    assert "[DONE]" not in text
    log = pair.config.folder / LOG_FILE
    until("it is in the log", lambda: b'"code":200' in log.read_bytes())
    (ended,) = map(parse, log.read_bytes().splitlines())
    assert (ended.code, ended.broken) == (200, True)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_engine_that_is_not_available_is_passed_over(pair, status):
    bad, good = pair.services[NAME].engines
    bad.behave(status=status)
    assert statuses(pair, 16) == [200] * 16
    assert good.counters()["requests"] == 16


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500])
def test_an_engines_own_error_is_passed_on_once(pair, status):
    for engine in pair.services[NAME].engines:
        engine.behave(status=status)
    answer = pair.chat(NAME)
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, "made to fail")
    assert sum(engine.counters()["requests"] for engine in pair.services[NAME].engines) == 1
    for engine in pair.services[NAME].engines:
        engine.behave()
    assert statuses(pair, 8) == [200] * 8


def test_without_a_living_engine_the_answer_is_503_with_a_body(pair):
    for engine in pair.services[NAME].engines:
        engine.process.kill()
    answer = pair.chat(NAME)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "model_not_ready")
    assert answer.headers["retry-after"] == "5"


def test_a_lone_engine_is_not_shut_out_for_broken_connections(lone):
    (engine,) = lone.services[NAME].engines
    engine.behave(break_after=0)
    assert lone.chat(NAME).status_code == 503
    engine.behave()
    assert statuses(lone, 8) == [200] * 8


def test_an_engine_that_was_killed_is_used_again(pair):
    dying, _ = pair.services[NAME].engines
    dying.process.kill()
    assert statuses(pair, 8) == [200] * 8
    dying.start()
    dying.wait()

    def used():
        pair.chat(NAME)
        return dying.counters()["requests"]

    until("it gets requests", used)


@contextmanager
def under_load(stack):
    """Requests of eight clients all the while; their statuses."""
    done, going = [], [True]

    def send():
        while going[0]:
            done.append(stack.chat(NAME).status_code)

    with ThreadPoolExecutor(8) as pool:
        workers = [pool.submit(send) for _ in range(8)]
        try:
            yield done
        finally:
            going[0] = False
        for worker in workers:
            worker.result()


def retire(engines):
    for engine in engines:
        until("nothing runs on it", lambda engine=engine: engine.counters()["open"] == 0)
        engine.process.kill()


def test_engines_are_exchanged_under_load_without_an_error(pair):
    service = pair.services[NAME]
    with under_load(pair) as done:
        for _ in range(3):
            old = list(service.engines)
            pair.add(NAME, 2)
            pair.wait_healthy(NAME, 4)
            service.engines = service.engines[2:]
            pair.publish()
            pair.wait_healthy(NAME, 2)
            retire(old)
    assert set(done) == {200}
    assert len(done) > 24


def test_a_stream_goes_on_when_its_engine_leaves(pair):
    leaving, other = pair.services[NAME].engines
    for engine in (leaving, other):
        engine.behave(chunks=5, wait_after=2)
    with pair.client.stream("POST", "/v1/chat/completions", json=STREAM, headers=HEADERS) as answer:
        until("it runs", lambda: leaving.counters()["open"] + other.counters()["open"] == 1)
        if other.counters()["open"]:
            leaving, other = other, leaving
        pair.services[NAME].engines = [other]
        pair.publish()
        pair.wait_healthy(NAME, 1)
        leaving.release()
        text = answer.read().decode()
    assert text.count("data: ") == 6
    other.release()
    leaving.process.kill()


def test_services_come_and_go_without_a_restart(lone):
    assert lone.chat("team-a/embed").status_code == 503
    lone.add("team-a/embed")
    lone.wait_healthy("team-a/embed", 1)
    assert lone.chat("team-a/embed").status_code == 200
    gone = lone.services.pop("team-a/embed")
    lone.publish()
    until("its cluster is gone", lambda: lone.stat("cluster.team-a/embed.membership_total") is None)
    assert lone.chat("team-a/embed").status_code == 503
    assert not list(lone.config.dynamic_folder.glob("endpoints-team-a*"))
    assert lone.chat(NAME).status_code == 200
    gone.engines[0].process.kill()


@pytest.mark.parametrize("spoil", ["field", "json", "missing"])
def test_a_spoilt_file_leaves_the_clusters_as_they_are(lone, spoil):
    path = lone.config.dynamic_folder / CLUSTERS_FILE
    document = json.loads(path.read_text())
    if spoil == "field":
        document["resources"][0]["load_balancer_policy"] = "ROUND_ROBIN"
        put(path, document)
    elif spoil == "json":
        aside = path.with_name("aside")
        aside.write_text("{")
        aside.replace(path)
    else:
        path.unlink()
    if spoil == "missing":
        # Nothing is reported: another file's rename makes Envoy look.
        put(lone.config.dynamic_folder / "other.json", {})
        time.sleep(0.5)
    else:
        counters = ("cluster_manager.cds.update_rejected", "cluster_manager.cds.update_failure")
        until("Envoy has seen it", lambda: any(lone.stat(counter) for counter in counters))
    assert statuses(lone, 4) == [200] * 4


def test_most_engines_may_be_dead_although_they_are_known(tmp_path):
    """Each is tried, ejected at the first refusal, and stays out: with a panic threshold all would be tried again."""
    ghosts = [Engine(tmp_path / "ghost.log").place for _ in range(3)]
    with Stack(tmp_path, {NAME: 1}) as stack:
        (engine,) = stack.services[NAME].engines
        DynamicFiles(stack.config.dynamic_folder).update({NAME: [engine.place, *ghosts]})
        until("all are known", lambda: stack.stat(f"cluster.{NAME}.membership_total") == 4)
        assert statuses(stack, 64) == [200] * 64
        assert stack.stat(f"cluster.{NAME}.lb_healthy_panic") == 0
        assert stack.stat(f"cluster.{NAME}.outlier_detection.ejections_enforced_total") >= 3


def test_all_engines_are_exchanged_in_one_step_without_an_error(pair):
    service = pair.services[NAME]
    with under_load(pair) as done:
        for _ in range(3):
            old, fresh = service.engines, Engine(pair.root / f"fresh-{len(done)}.log")
            service.engines = [fresh]
            fresh.start()
            fresh.wait()
            pair.publish()
            until("the new one is used", lambda fresh=fresh: fresh.counters()["requests"])
            retire(old)
    assert set(done) == {200}
