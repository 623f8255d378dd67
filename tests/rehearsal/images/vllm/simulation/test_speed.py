"""Steps of the simulated engine beside what others measured of real ones; no figure of the simulation was set on these rows."""

import pytest

from rehearsal.images.vllm.simulation.speed import speed_of

LLAMA = "meta-llama/Llama-3.1-8B-Instruct"
PUBLISHED = [
    # Milliseconds a token, from the output rate of all requests together.
    ("A100 40GB", 1, 1100, 1000 / 75, "https://johnmusgrave.com/p/vllm-throughput-latency-sweep-on"),
    ("H100", 1, 200, 6.48, "https://yobitelcomm.github.io/bench/recipes/concurrency-sweep/"),
]


@pytest.mark.parametrize(("gpu", "requests", "tokens", "milliseconds", "source"), PUBLISHED)
def test_a_step_takes_what_others_measured(gpu, requests, tokens, milliseconds, source):
    speed, what = speed_of(LLAMA, gpu, max_model_len=8192)
    assert what == f"{LLAMA} on 1 x {gpu}"
    assert 1000 * speed.step(requests * tokens, 0) == pytest.approx(milliseconds, rel=0.1), source


def test_fifty_requests_on_an_a40():
    """1,016.6 tokens a second of 50 requests with 100 tokens in, 443 out on average, on 696 GB/s
    (https://databasemart.com/blog/vllm-gpu-benchmark-a40): the A40 is not in the table, so its bandwidth is put in.
    """
    speed, _ = speed_of(LLAMA, "L40S", max_model_len=8192)
    slower = type(speed)(**{**vars(speed), "bytes_per_second": 696e9})
    longest = 21.81 / 600
    assert slower.step(50 * (100 + 443 // 2), 0) == pytest.approx(longest, rel=0.1)


def test_the_kv_cache_of_a_7b_on_an_l4():
    """A start-up log of an L4 had 69,328 tokens (tests/planner/rows/calibration.json)."""
    speed, _ = speed_of("Qwen/Qwen2.5-7B-Instruct", "L4", utilization=0.92, max_model_len=4096)
    assert speed.kv_tokens == pytest.approx(69328, rel=0.25)
    # 28 layers, 4 heads of 128 for keys and values each, 2 bytes.
    assert speed.kv_bytes == pytest.approx(28 * 2 * 4 * 128 * 2, rel=0.01)


def test_prompts_take_longer_than_a_token():
    speed, _ = speed_of(LLAMA, "A10G", max_model_len=8192)
    assert speed.step(0, 2048) > 5 * speed.step(0, 1)


def test_the_last_part_of_an_address_names_the_model():
    speed, what = speed_of("s3://bucket/weights/Qwen2.5-7B-Instruct/", "L4")
    assert what.startswith("Qwen/Qwen2.5-7B-Instruct on")
    assert speed.kv_tokens > 0


def test_what_the_tables_lack():
    assert speed_of("own/model", "own GPU", max_model_len=8192)[1] == f"{LLAMA} on 1 x A10G"


def test_two_gpus_read_twice_as_much():
    one, two = (speed_of(LLAMA, "A10G", gpus=count, max_model_len=8192)[0] for count in (1, 2))
    assert two.step(0, 0) == pytest.approx(one.step(0, 0) / 2, rel=0.05)
    assert two.kv_tokens > 2 * one.kv_tokens
