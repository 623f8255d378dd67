"""``python -m rehearsal.bench``: measure, print tables, keep them in ``.bench/``."""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from rehearsal.bench import consistency, kills, report
from rehearsal.bench.driver import Rehearsal
from rehearsal.commands.inspection import memory
from rehearsal.engine import build
from rehearsal.sandboxes import CHECKOUT

_MIB = 1024**2
_SERVICES = (1, 10, 50)
_SEED = 20260720
_FRESH_EVERY = 4
"""Of so many kills one strikes while everything is made, the others while a service comes or goes."""


def main(argv: list[str] | None = None) -> int:
    """Run the chosen measurements; the exit code is 1 when a killed sandbox did not come back consistent."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.bench", description=__doc__)
    parser.add_argument("--only", choices=["times", "growth", "kills"], help="one measurement instead of all")
    parser.add_argument("--kills", type=int, default=200, help="how many processes to kill (default 200)")
    chosen = parser.parse_args(argv)
    build.binary("controlplane")
    build.binary("pulumi")
    failures = 0
    if chosen.only in (None, "times"):
        _publish("times", _times())
    if chosen.only in (None, "growth"):
        _publish("growth", _growth())
    if chosen.only in (None, "kills"):
        text, failures = _kills(chosen.kills)
        _publish("kills", text)
    return 1 if failures else 0


def many_services(count: int) -> dict[str, Any]:
    """The dev stack with ``count`` services, and limits of their pool that are large enough for them."""
    document: dict[str, Any] = yaml.safe_load((CHECKOUT / "Pulumi.dev.yaml").read_text())
    config = document["config"]
    services = config["llm-platform:services"]
    name, model = next(iter(services.items()))
    config["llm-platform:services"] = {f"{name}-{index:02d}": model for index in range(count)}
    config["llm-platform:pools"][model["pool"]]["limits"]["gpus"] = max(4, count * int(model.get("replicas", 1)) + 1)
    return document


def _publish(name: str, text: str) -> None:
    whole = f"{report.machine()}\n\n{text}"
    sys.stdout.write(f"{whole}\n")
    sys.stdout.write(f"kept in {report.store(CHECKOUT / '.bench', name, whole)}\n\n")


def _times() -> str:
    rehearsal = Rehearsal(name="bench")
    rehearsal.down()
    try:
        cold = rehearsal.run("up", "dev").check().seconds
        again = [rehearsal.run("up", "dev").check().seconds for _ in range(3)]
        preview = [rehearsal.run("preview", "dev").check().seconds for _ in range(3)]
        used = memory(rehearsal.sandbox)
        began = time.monotonic()
        rehearsal.run("destroy", "dev").check()
        destroy = time.monotonic() - began
    finally:
        rehearsal.down()
    rows = [
        ["cold `rehearse up --stack dev`, everything built", f"{cold:.1f} s", "under 90 s"],
        ["second `up` (median of 3)", f"{statistics.median(again):.1f} s", "under 25 s"],
        ["`preview` (median of 3)", f"{statistics.median(preview):.1f} s", "under 15 s"],
        ["`destroy`", f"{destroy:.1f} s", ""],
        ["memory of all processes of the sandbox (PSS)", f"{used // _MIB} MiB", "under 3072 MiB"],
    ]
    return report.table(["what", "measured", "aim"], rows)


def _growth() -> str:
    rehearsal = Rehearsal(name="bench")
    rehearsal.down()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for count in _SERVICES:
                path = Path(folder) / f"Pulumi.many-{count}.yaml"
                path.write_text(yaml.safe_dump(many_services(count)))
                rehearsal.files["dev"] = path
                # Without the guardrails: their GPU budget refuses a pool this large, and rightly so.
                previews = [rehearsal.run("preview", "dev", "--no-policy-pack") for _ in range(2 if count > 1 else 3)]
                results = [preview.check() for preview in previews]
                best = min(result.seconds for result in results)
                resources = sum(len(urns) for urns in results[-1].changes.values())
                rows.append([str(count), str(resources), f"{best:.1f} s", f"{1000 * best / count:.0f} ms"])
        finally:
            rehearsal.down()
    return report.table(["services", "resources", "preview", "a service"], rows)


def _kills(count: int) -> tuple[str, int]:
    """Kill during an up that makes or changes a stack, then let the next up complete, and compare the three sides."""
    rehearsal = Rehearsal(name="bench-kills")
    rehearsal.down()
    killer = kills.Killer(rehearsal, _SEED)
    done: Counter[str] = Counter()
    missed = adopted = 0
    problems: list[str] = []
    recovery: list[float] = []
    try:
        # Ctrl-C ends the run, and what it found so far is told.
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
            for index in range(count):
                path = Path(folder) / f"Pulumi.dev-{index}.yaml"
                path.write_text(yaml.safe_dump(many_services(1 + index % 2)))
                rehearsal.files["dev"] = path
                kill = killer.strike("dev", kills.VICTIMS, fresh=index % _FRESH_EVERY == 0)
                ups = kills.go_on(rehearsal, "dev")
                after = ups[-1]
                adopted += len(ups) > 1
                recovery.append(sum(up.seconds for up in ups))
                found = [f"up ended with {after.code}"] if after.code else consistency.differences(rehearsal.sandbox)
                done[kill.victim] += kill.pid is not None
                missed += kill.pid is None
                problems += [f"{index}: {kill.victim} after {kill.after:.1f} s: {line}" for line in found]
                sys.stderr.write(f"\r{index + 1} of {count} kills, {len(problems)} problems ")
    finally:
        sys.stderr.write("\n")
        rehearsal.down()
    rows = [*([victim, str(done[victim])] for victim in kills.VICTIMS), ["nothing, the up was faster", str(missed)]]
    text = report.table(["killed with -9", "times"], rows)
    if recovery:
        text += f"\nThe next up took {statistics.median(recovery):.1f} s (median), {max(recovery):.1f} s at most.\n"
        text += f"{adopted} times it took a second one, which took over Kubernetes objects that were there already.\n"
    text += f"\nDifferences between state, moto and Kubernetes afterwards: {len(problems)}.\n"
    return text + "".join(f"- {line}\n" for line in problems), len(problems)


if __name__ == "__main__":
    sys.exit(main())
