"""``python -m tests.start_time [--against CHECKOUT]``: CPU seconds of the program's own process, under mocks.

Each run is a new interpreter, from its start to its exit. With ``--against`` the runs of the two checkouts alternate, so
that other work on the machine slows both; both run in this environment, so that only the code of the project differs.
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from rehearsal.bench import report
from tests.harness import PROJECT, ROOT, deploy_stack, stack_config

STACKS = ("dev", "prod")


def deploy(stack: str) -> None:
    """Run the program once, in this process.

    Raises:
        RuntimeError: the program failed, so that its time means nothing.
    """
    changes: dict[str, Any] = {}
    cluster = stack_config(stack)[f"{PROJECT}:cluster"]
    if stack == "dev" and isinstance(cluster, dict):  # what the operator adds to the committed settings
        changes["cluster"] = {**cluster, "api_access": {"public_cidrs": ["127.0.0.1/32"]}}
    deployment = deploy_stack(stack, secrets={f"{PROJECT}:hf_api_token": "hf_dummy"}, **changes)
    if deployment.error:
        raise RuntimeError(f"the program failed for {stack}") from deployment.error


def seconds(checkout: Path, stack: str) -> float:
    """CPU seconds, user and system, of a new process that runs the program of ``checkout``.

    Raises:
        RuntimeError: the process failed.
    """
    process = subprocess.Popen(
        [sys.executable, __file__, "--run", stack], cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)}
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the program of {checkout} failed for {stack}")
    return usage.ru_utime + usage.ru_stime


def measure(checkouts: list[Path], stack: str, count: int) -> list[list[float]]:
    """CPU seconds of each checkout, in alternating runs; the first run of each, which compiles the code, is dropped."""
    runs = [[seconds(checkout, stack) for checkout in checkouts] for _ in range(count + 1)]
    return [list(of_checkout) for of_checkout in zip(*runs[1:], strict=True)]


def rows(results: dict[str, list[list[float]]]) -> list[list[str]]:
    """The table's rows: of each stack the medians, the most, and the median of the pairs' ratios."""
    table = []
    for stack, by_checkout in results.items():
        here, *before = by_checkout
        row = [stack, f"{statistics.median(here):.2f} s", f"{max(here):.2f} s"]
        for other in before:
            ratio = statistics.median(now / then for now, then in zip(here, other, strict=True))
            row += [f"{statistics.median(other):.2f} s", f"{ratio:.2f}"]
        table.append(row)
    return table


def main() -> None:
    """Measure, print the table and keep it in ``.bench/``."""
    parser = argparse.ArgumentParser(description="CPU seconds of the program's own process, under mocks")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout to compare with")
    parser.add_argument("--count", type=int, default=7, help="runs of each stack (default: 7)")
    parser.add_argument("--run", choices=STACKS, help="run the program once in this process, and measure nothing")
    arguments = parser.parse_args()
    if arguments.run:
        deploy(arguments.run)
        return
    header = ["stack", f"CPU seconds (median of {arguments.count})", "most"]
    checkouts = [ROOT]
    if arguments.against:
        checkouts.append(arguments.against.resolve())
        header += ["the other checkout", "ratio in pairs"]
    table = report.table(header, rows({stack: measure(checkouts, stack, arguments.count) for stack in STACKS}))
    text = f"{report.machine()}\n\n{table}"
    sys.stdout.write(f"{text}\nkept in {report.store(ROOT / '.bench', 'start', text)}\n\n")


if __name__ == "__main__":
    main()
