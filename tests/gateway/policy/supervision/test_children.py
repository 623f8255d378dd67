"""Processes that are killed, beside the real Envoy: no request fails, and usage agrees with the engines."""

import contextlib
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.gateway.support.processes import until
from tests.gateway.support.stack import Stack


def of(stack, number):
    """Process ID of a policy process; None while there is none."""
    found = stack.policy_process(number)
    return found and found.pid


@pytest.mark.parametrize("killed", [[0], [1], [0, 0]])
def test_no_request_fails_when_a_process_is_killed(tmp_path, table, killed):
    key = table.key(requests_per_second=10000, concurrent_requests=100)
    with Stack(tmp_path, {"dev/qwen": 2}, policy="real", environment=table.environment) as stack:
        begun = threading.Semaphore(0)

        def send(number):
            begun.release()
            answer = stack.chat("dev/qwen", key=key, stream=number % 2 == 0, max_tokens=16)
            return answer.status_code, answer.text

        with ThreadPoolExecutor(20) as pool:
            answers = [pool.submit(send, number) for number in range(300)]
            for number in killed:
                for _ in range(90):
                    begun.acquire()
                until("the process is there", lambda number=number: of(stack, number))
                os.kill(of(stack, number), signal.SIGKILL)
            codes = [each.result() for each in answers]
        assert [each for each in codes if each[0] != 200] == []
        engines = [engine.counters() for engine in stack.services["dev/qwen"].engines]
        wanted = tuple(
            sum(each[name] for each in engines) for name in ("requests", "prompt_tokens", "completion_tokens")
        )

        def total():
            found = table.used()
            return (found.requests, found.prompt_tokens, found.completion_tokens) == wanted

        until("usage agrees with the engines", total)
        until("both processes run again", lambda: of(stack, 0) and of(stack, 1))


def test_two_dead_processes_cost_503_and_come_back(tmp_path, table):
    key = table.key()
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        [engine] = stack.services["dev/qwen"].engines
        engine.behave(chunks=3, wait_after=1)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(stack.chat, "dev/qwen", key=key, stream=True)
            until("the stream runs", lambda: engine.counters()["open"] == 1)
            for pid in [of(stack, 0), of(stack, 1)]:
                os.kill(pid, signal.SIGKILL)
            answer = stack.chat("dev/qwen", key=key, stream=True)
            assert answer.status_code in {200, 503}
            assert answer.status_code == 200 or answer.headers["retry-after"]
            engine.release()
            assert running.result().text.endswith("data: [DONE]\n\n")
        engine.behave()
        until("requests are answered again", lambda: stack.chat("dev/qwen", key=key).status_code == 200)


@contextlib.contextmanager
def stopped(pid):
    """The process does nothing until the block ends; it may be killed meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def test_a_process_that_hangs_is_passed_over(tmp_path, table):
    key = table.key()
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        hanging = of(stack, 0)
        with stopped(hanging):
            started = time.monotonic()
            assert stack.chat("dev/qwen", key=key).status_code == 200
            assert time.monotonic() - started < 60
            until("it is killed, and started again", lambda: of(stack, 0) not in {None, hanging})
            assert f"pid {hanging} gave no sign of life" in (stack.root / "policy.log").read_text()


def test_a_process_that_is_late_for_its_health_checks_decides_when_the_other_is_killed(tmp_path, table):
    """As on a busy node, which keeps a process from answering within two seconds."""
    key = table.key()
    with (
        Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack,
        ThreadPoolExecutor(1) as pool,
    ):
        with stopped(of(stack, 1)):
            until("it is late", lambda: stack.stat("cluster.policy.membership_healthy") == 1)
            os.kill(of(stack, 0), signal.SIGKILL)
            answer = pool.submit(stack.chat, "dev/qwen", key=key)
            time.sleep(0.1)
        assert answer.result().status_code == 200


def test_the_end_of_the_supervisor_ends_the_processes(tmp_path, table):
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        children = psutil.Process(stack.policies[0].pid).children()
        assert len(children) == 2
        stack.policies[0].kill()
        stack.envoy.kill()
        gone, alive = psutil.wait_procs(children, timeout=60)
        assert (len(gone), alive) == (2, [])


def test_streams_that_clients_leave_count_what_the_engine_has_counted(tmp_path, table):
    key = table.key()
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        [engine] = stack.services["dev/qwen"].engines
        engine.behave(chunks=9, wait_after=4)
        body = {"model": "dev/qwen", "stream": True, "messages": []}
        headers = {"authorization": f"Bearer {key}"}
        for _ in range(3):
            with stack.client.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
                seen = ""
                for text in answer.iter_text():
                    seen += text
                    if seen.count("data: ") >= 4:
                        break
        until("the engine has noticed", lambda: engine.counters()["open"] == 0)
        wanted = (engine.counters()["prompt_tokens"], engine.counters()["completion_tokens"])

        def found():
            total = table.used()
            return (total.prompt_tokens, total.completion_tokens)

        assert wanted == (21, 12)
        until("usage agrees with the engine", lambda: found() == wanted)
