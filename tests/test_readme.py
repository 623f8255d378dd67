"""What the README shows works."""

import re
from pathlib import Path

import yaml

from planner.vllm_options.validate import option_problems, render_options

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_options_of_tool_calling_are_accepted() -> None:
    section = README.partition("**Tool calling and chat templates.**")[2]
    block = re.search(r"```yaml\n(.*?)```", section, re.DOTALL)
    assert block
    args = yaml.safe_load(block[1])["args"]
    assert list(option_problems(args)) == []
    assert render_options(args) == ["--enable-auto-tool-choice", "--tool-call-parser=llama3_json"]
