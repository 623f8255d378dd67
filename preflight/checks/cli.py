"""The AWS CLI on PATH: pulumi-eks refuses to make a cluster without it, and the kubeconfig gets tokens from it.

It wants 2.7, or 1.24 of the first generation (pulumi-eks, nodejs/eks/dependencies.ts), which AWS only maintains.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator

from preflight.finding import Finding, refusal, warning

LEAST = (2, 7)
LEAST_OF_FIRST = (1, 24)
INSTALL = "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
PLATFORM = "EKS clusters need 2.7 or newer"
TEAM = "the platform's kubeconfig runs `aws eks get-token`, which needs 2.7 or newer"
_VERSION = re.compile(r"aws-cli/(\d+)\.(\d+)(\S*)")
_SECONDS = 10


def check(*, team: bool = False) -> Iterator[Finding]:
    """Refuse no CLI and an old one.

    Args:
        team: of a team stack, which makes no cluster and reaches its platform's with a token of the CLI.
    """
    why = TEAM if team else PLATFORM
    path = shutil.which("aws")
    if path is None:
        yield refusal("aws CLI", f"is not on PATH, and {why}: {INSTALL}")
        return
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as problem:
        yield warning("aws CLI", f"{path} --version does not answer: {' '.join(str(problem).split())}")
        return
    yield from judge(path, done.stdout + done.stderr, why)


def judge(path: str, said: str, why: str) -> Iterator[Finding]:
    """What a version is good for."""
    found = _VERSION.search(said)
    if not found:
        yield warning("aws CLI", f"{path} --version does not name a version of the AWS CLI: {INSTALL}")
        return
    version = (int(found[1]), int(found[2]))
    named = f"{found[1]}.{found[2]}{found[3]}"
    if version < LEAST_OF_FIRST or (2, 0) <= version < LEAST:
        yield refusal("aws CLI", f"{path} is {named}, and {why}: {INSTALL}")
    elif version < LEAST:
        yield warning(
            "aws CLI", f"{path} is {named}, a generation that AWS only maintains; take 2.7 or newer: {INSTALL}"
        )
