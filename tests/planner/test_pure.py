"""The planner knows nothing of Pulumi, nor of the program's settings: whoever plans needs neither."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["planner.cost", "planner.cost.live", "planner.fit", "planner.cli"])
def test_importing_it_brings_no_stranger_along(module: str) -> None:
    code = f"import sys, {module}; print(sorted(set(sys.modules) & {{'pulumi', 'foundation', 'boto3'}}))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout == "[]\n"
