"""What a policy process does over a longer time, beside the real Envoy."""

from concurrent.futures import ThreadPoolExecutor

from tests.gateway.support.processes import until
from tests.gateway.support.stack import Stack


def test_an_envoy_that_is_killed_leaves_no_request_in_flight(tmp_path, table):
    key = table.key(concurrent_requests=1)
    with Stack(tmp_path, {"dev/qwen": 1}, policy="real", environment=table.environment) as stack:
        [engine] = stack.services["dev/qwen"].engines
        engine.behave(wait_after=0)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(stack.chat, "dev/qwen", key=key)
            until("the request runs", lambda: engine.counters()["open"] == 1)
            assert stack.chat("dev/qwen", key=key).status_code == 429
            stack.envoy.kill()
            assert running.exception() is not None
        engine.behave()
        stack.envoy.start()
        until("Envoy answers", lambda: stack.ready() == 200)
        until("the limit is free again", lambda: stack.chat("dev/qwen", key=key).status_code == 200)
