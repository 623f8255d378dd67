"""What was meant by another spelling, and how values are shown."""

import pytest

from planner.vllm_options.releases import releases
from planner.vllm_options.spelling import nearest
from planner.vllm_options.table import options


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("llama3json", ["llama3_json", "hermes"], "llama3_json"),
        ("deepseek-r1", ["deepseek_r1", "deepseek_v3"], "deepseek_r1"),
        ("DeepSeekR1", ["deepseek_r1"], "deepseek_r1"),
        ("granite_20b_fc", ["granite-20b-fc"], "granite-20b-fc"),
        ("herms", ["hermes"], "hermes"),
        ("rope-scaling", ["return-sampling-mask"], None),
        ("num-scheduler-steps", ["max-num-scheduled-tokens"], None),
        ("enable-reasoning", ["enable-prefix-caching"], None),
        ("guided-decoding-backend", ["kda-decode-backend"], None),
        ("", ["a"], None),
    ],
)
def test_only_a_very_like_name_is_guessed(text: str, names: list[str], found: str | None) -> None:
    assert nearest(text, names) == found


def test_no_removed_option_is_like_another_one() -> None:
    for name in ("rope-scaling", "swap-space", "task", "num-scheduler-steps", "guided-decoding-backend"):
        assert nearest(name, options(releases()[-1])) is None
