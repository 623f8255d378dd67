"""What the README shows works."""

import re
from pathlib import Path

import yaml

from planner.vllm_options.validate import option_problems, render_options

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_options_of_tool_calling_are_accepted() -> None:
    section = README.partition("**Tool calling and chat templates.**")[2]
    block = re.search(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert block
    args = yaml.safe_load(block[1])["args"]
    assert list(option_problems(args)) == []
    assert render_options(args) == ["--enable-auto-tool-choice", "--tool-call-parser=llama3_json"]


def test_the_number_of_rules_is_that_of_their_page() -> None:
    rules = (ROOT / "docs" / "policies.md").read_text().count("\n- Published as:")
    assert re.findall(r"(\d+)(?: CrossGuard)? rules", README) == [str(rules)] * 2


def test_the_planners_accuracy_is_that_of_its_page() -> None:
    row = re.search(r"\| held out, \d+ \| (\d+) \| ([\d.]+)% \|", (ROOT / "docs" / "planner.md").read_text())
    assert row
    assert f"{row[2]} % off vLLM's own KV cache in the median of {row[1]} held-out logs" in README
