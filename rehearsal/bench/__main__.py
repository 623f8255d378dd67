"""``python -m rehearsal.bench``: measure, print tables, keep them in ``.bench/``."""

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from planner.units import MIB
from rehearsal.bench import consistency, growth, kills, report, simulated_cluster, simulated_nodes
from rehearsal.bench.driver import Rehearsal
from rehearsal.commands.inspection import memory
from rehearsal.engine import build
from rehearsal.sandboxes import CHECKOUT

_SERVICES, _DEPLOYED_SERVICES = (1, 10, 50, 100), (1, 10)
_GROUP_NODES, _SIMULATED_NODES = (1, 10, 50, 100), (100, 1000)
_SEED = 20260720
_FRESH_EVERY = 4
"""Of so many kills one strikes while everything is made, the others while a service comes or goes."""


def main(argv: list[str] | None = None) -> int:
    """Run the chosen measurements; the exit code is 1 when a killed sandbox did not come back consistent."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.bench", description=__doc__)
    parser.add_argument("--only", choices=["times", "growth", "nodes", "kills"], help="one measurement instead of all")
    _sizes(parser, "--services", _SERVICES, "growth: services of a stack that is previewed")
    _sizes(
        parser, "--up-services", _DEPLOYED_SERVICES, "growth: services of a stack that is deployed, with their engines"
    )
    _sizes(parser, "--group-nodes", _GROUP_NODES, "growth: nodes of a node group that is deployed")
    _sizes(parser, "--nodes", _SIMULATED_NODES, "nodes: simulated ones, and as many pods, of one control plane")
    parser.add_argument("--kills", type=int, default=200, help="how many processes to kill (default 200)")
    chosen = parser.parse_args(argv)
    if max(chosen.nodes) > simulated_nodes.LARGEST:
        parser.error(f"--nodes {max(chosen.nodes)}: at most {simulated_nodes.LARGEST} have an address")
    build.binary("controlplane")
    build.binary("pulumi")
    if chosen.only in (None, "times"):
        _publish("times", _times)
    if chosen.only in (None, "growth"):
        _publish("growth-services", lambda: growth.of_services(chosen.services, chosen.up_services))
        _publish("growth-nodes", lambda: growth.of_nodes(chosen.group_nodes))
    if chosen.only in (None, "nodes"):
        _publish("simulated-nodes", lambda: simulated_cluster.curve(chosen.nodes))
    if chosen.only in (None, "kills"):
        problems: list[str] = []
        _publish("kills", lambda: _kills(chosen.kills, problems))
        return 1 if problems else 0
    return 0


def _sizes(parser: argparse.ArgumentParser, option: str, default: Sequence[int], what: str) -> None:
    sizes = " ".join(str(size) for size in default)
    parser.add_argument(option, type=_size, nargs="+", default=default, metavar="N", help=f"{what} (default {sizes})")


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _publish(name: str, measure: Callable[[], str]) -> None:
    begun = os.getloadavg()[0]
    text = measure()
    whole = f"{report.machine()}, load {begun:.1f} before\n\n{text}"
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
        ["memory of all processes of the sandbox (PSS)", f"{used // MIB} MiB", "under 3072 MiB"],
    ]
    return report.table(["what", "measured", "aim"], rows)


def _kills(count: int, problems: list[str]) -> str:
    """Kill during an up that makes or changes a stack, then let the next up complete, and compare the three sides.

    What differs is added to ``problems``, a line each.
    """
    rehearsal = Rehearsal(name="bench-kills")
    rehearsal.down()
    killer = kills.Killer(rehearsal, _SEED)
    done: Counter[str] = Counter()
    missed = adopted = 0
    recovery: list[float] = []
    try:
        # Ctrl-C ends the run, and what it found so far is told.
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(KeyboardInterrupt):
            for index in range(count):
                path = Path(folder) / f"Pulumi.dev-{index}.yaml"
                path.write_text(yaml.safe_dump(growth.many_services(1 + index % 2)))
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
    return text + "".join(f"- {line}\n" for line in problems)


if __name__ == "__main__":
    sys.exit(main())
