"""The command line of the vLLM emulator: what vLLM's own parser takes and refuses."""

import pytest

from planner.vllm_options.releases import Release, releases
from rehearsal.images.vllm.options import parse


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["m", "--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["m", "--dtype", "float8"], "invalid choice: 'float8'"),
        (["m", "--port", "http"], "invalid int value: 'http'"),
        (["m", "--max-model-len", "8x"], "invalid value '8x'"),
        (["m", "--max-num-batched-tokens", "1.5K"], "invalid value '1.5K'"),
        (["m", "--max-num-seqs", "8k"], "invalid int value: '8k'"),
        (["m", "--max", "1"], "ambiguous option: --max"),
        (["m", "--gpu-memory-utilization"], "expected one argument"),
    ],
)
def test_options_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        parse(arguments)
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_options_taken() -> None:
    options = parse(["serve", "m", "--max_model_len=8k", "-tp", "2", "--enable-prefix-caching", "--seed", "1"])
    assert (options.model, options.max_model_len, options.tensor_parallel_size) == ("m", 8000, 2)
    assert options.enable_prefix_caching is True


def test_counts_are_read_as_the_settings_read_them() -> None:
    options = parse(["m", "--max-num-batched-tokens=8K", "--kv-cache-memory-bytes=1.5g", "--max-model-len=auto"])
    assert (options.max_num_batched_tokens, options.kv_cache_memory_bytes) == (8192, 1_500_000_000)
    assert options.max_model_len == -1


def test_a_token_may_stand_without_its_value() -> None:
    assert parse(["m", "--hf-token", "--seed", "1"]).hf_token is None


def test_an_image_has_the_options_of_its_release(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["m", "--disable-log-requests"], Release(9)).disable_log_requests is True
    for release, word in ((9, "--enable-log-requests"), (32, "--disable-log-requests"), (32, "--url=x")):
        with pytest.raises(SystemExit):
            parse(["m", word], Release(release))
        assert f"unrecognized arguments: {word}" in capsys.readouterr().err


@pytest.mark.parametrize("release", releases(), ids=str)
def test_every_release_starts_with_what_the_platform_passes(release: Release) -> None:
    options = parse(["m", "--host=0.0.0.0", "--port=8000", "--middleware=a.B", "--disable-fastapi-docs"], release)
    assert (options.port, options.middleware, options.shutdown_timeout) == (8000, ["a.B"], 0)
