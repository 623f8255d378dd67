"""The start of the program's process, in an interpreter of its own."""

import json
import subprocess
import sys

import pytest

from tests.harness import ROOT

_PROGRAM = """
import gc, json, sys
from tests.start_time import deploy
deploy(sys.argv[1])
packages = [name for name, module in sys.modules.items() if type(module).__name__ == "_LazyPackage"]
collections = gc.get_stats()[2]["collections"]
print(json.dumps([sorted(sys.modules), packages, gc.get_threshold()[0], collections]))
"""


@pytest.mark.thorough
def test_the_program_imports_the_resources_it_uses_and_no_others() -> None:
    modules, lazy, threshold, collections = json.loads(run(_PROGRAM, "prod"))
    assert {"pulumi_aws.ec2.launch_template", "pulumi_kubernetes.core.v1.Service"} <= set(modules)
    # Still lazy: no name of them needed the whole package.
    assert {"pulumi_aws.ec2", "pulumi_aws.iam", "pulumi_aws.s3", "pulumi_kubernetes.core.v1"} <= set(lazy)
    unused = {"pulumi_aws.ec2.vpn_gateway", "pulumi_kubernetes.core.v1.Binding", "pulumi_kubernetes.helm.v3.helm"}
    assert not unused & set(modules)
    assert "boto3" not in modules, "what runs in pods imports it, such as components/payloads/fetch_archive.py"
    ec2 = [name for name in modules if name.startswith("pulumi_aws.ec2.")]
    assert len(ec2) < 20, "of the package's 180 modules"
    assert threshold > 100_000
    assert collections == 0


@pytest.mark.thorough
def test_the_exit_does_not_visit_what_is_left() -> None:
    script = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 10_000))\nimport components"
    assert run(script) == "True\n"


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
