import pytest

from tests.monitoring.promtool import ENGINE, Fires, check, flat, queue_time, rising

pytestmark = pytest.mark.thorough

WAITING = f"vllm:num_requests_waiting{{{ENGINE}}}"
KV = f"vllm:kv_cache_usage_perc{{{ENGINE}}}"
PREEMPTIONS = f"vllm:num_preemptions_total{{{ENGINE}}}"
REJECTED = 'vllm:admission_rejections_total{reason="max_num_queued_reqs", service="dev/a", pod="a-0"}'


def setting(name):
    return f'llm_gateway_service_setting{{model="dev/a", setting="{name}", pod="g-0"}}'


def fires(name, summary):
    return Fires(name=name, severity="warning", summary=summary, labels={"service": "dev/a"})


def test_a_long_queue_fires_after_five_minutes(promtool, tmp_path):
    long = fires("LlmQueueLong", "dev/a: 6 requests wait for each replica")
    check(promtool, tmp_path, {WAITING: flat(6, 20)}, long, at=6)
    check(promtool, tmp_path, {WAITING: flat(6, 20)}, at=4)


@pytest.mark.parametrize("waiting", [0, 5])
def test_a_queue_within_the_threshold_does_not_fire(promtool, tmp_path, waiting):
    check(promtool, tmp_path, {WAITING: flat(waiting, 20)}, at=20)


def test_the_queue_is_that_of_each_pod_whatever_its_engines(promtool, tmp_path):
    second = WAITING.replace('engine="0"', 'engine="1"')
    long = fires("LlmQueueLong", "dev/a: 6 requests wait for each replica")
    check(promtool, tmp_path, {WAITING: flat(3, 20), second: flat(3, 20)}, long, at=20)
    other = WAITING.replace("a-0", "a-1")
    check(promtool, tmp_path, {WAITING: flat(3, 20), other: flat(3, 20)}, at=20)


def test_a_service_has_its_own_threshold(promtool, tmp_path):
    check(promtool, tmp_path, {WAITING: flat(6, 20), setting("queue_per_replica"): flat(10, 20)}, at=20)
    long = fires("LlmQueueLong", "dev/a: 3 requests wait for each replica")
    check(promtool, tmp_path, {WAITING: flat(3, 20), setting("queue_per_replica"): flat(2, 20)}, long, at=20)


def test_time_in_the_queue_fires_where_it_alone_is_later_than_the_first_token_may_be(promtool, tmp_path):
    late = queue_time({"0.3": 40, "20.0": 60, "+Inf": 60}, 30)
    high = fires("LlmQueueTimeHigh", "dev/a: requests wait up to 17.04s before an engine takes them")
    check(promtool, tmp_path, late, high, at=20)
    check(promtool, tmp_path, {**late, setting("ttft_p95_seconds"): flat(30, 30)}, at=20)


def test_time_in_the_queue_of_few_requests_does_not_fire(promtool, tmp_path):
    check(promtool, tmp_path, queue_time({"0.3": 0, "20.0": 1, "+Inf": 1}, 30), at=20)


def test_a_full_kv_cache_fires(promtool, tmp_path):
    full = fires("LlmKvCacheFull", "dev/a: 95% of the KV cache is in use")
    check(promtool, tmp_path, {KV: flat(0.95, 20)}, full, at=12)
    check(promtool, tmp_path, {KV: flat(0.85, 20)}, at=20)


def test_preemptions_fire(promtool, tmp_path):
    many = fires("LlmPreemptions", "dev/a: 200m requests a second lose their KV cache and start again")
    check(promtool, tmp_path, {PREEMPTIONS: rising(12, 30)}, many, at=25)
    check(promtool, tmp_path, {PREEMPTIONS: rising(3, 30)}, at=25)


def test_rejections_of_an_engine_fire_while_they_last(promtool, tmp_path):
    rejected = fires("LlmAdmissionRejected", "dev/a: an engine rejects requests, since its queue is at its limit")
    check(promtool, tmp_path, {REJECTED: rising(1, 20)}, rejected, at=10)
    check(promtool, tmp_path, {REJECTED: "0+1x10 10+0x40"}, at=40)
