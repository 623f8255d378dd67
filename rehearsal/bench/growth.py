"""How `preview` and `up` of the dev stack grow: with its services, and with the nodes of a node group."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from rehearsal.bench import report
from rehearsal.bench.driver import Rehearsal, Result
from rehearsal.sandboxes import CHECKOUT

_STACK = "dev"
_PREVIEWS = 2
_NONE = "-"


def many_services(count: int) -> dict[str, Any]:
    """The dev stack with ``count`` services, and limits of their pool that are large enough for them."""
    document: dict[str, Any] = yaml.safe_load((CHECKOUT / "Pulumi.dev.yaml").read_text())
    config = document["config"]
    services = config["llm-platform:services"]
    name, model = next(iter(services.items()))
    config["llm-platform:services"] = {f"{name}-{index:02d}": model for index in range(count)}
    config["llm-platform:pools"][model["pool"]]["limits"]["gpus"] = max(4, count * int(model.get("replicas", 1)) + 1)
    return document


def with_node_group(count: int) -> dict[str, Any]:
    """The dev stack with one service, and a node group of ``count`` nodes beside its pools."""
    document = many_services(1)
    document["config"]["llm-platform:pools"]["x86-cpu"] = {
        "kind": "cpu",
        "instance_types": ["m5.large"],
        "min": count,
        "max": count,
    }
    return document


def of_services(sizes: Sequence[int], deployed: Sequence[int]) -> str:
    """A table with a row for each of ``sizes``; those of ``deployed`` are deployed too, one after the other."""
    curve = _Curve()
    try:
        before = {size: curve.previews(_lean(many_services(size))) for size in sizes}
        after = {size: curve.deploys(_lean(many_services(size))) for size in sorted(deployed)}
    finally:
        curve.close()
    rows = []
    for size in sorted({*sizes, *deployed}):
        previews, ups = before.get(size), after.get(size)
        seconds = _best(previews) if previews else None
        rows.append(
            [
                str(size),
                str(_resources(previews[-1])) if previews else _NONE,
                _seconds(seconds),
                f"{1000 * seconds / size:.0f} ms" if seconds is not None else _NONE,
                *(_deployed(ups) if ups else (_NONE, _NONE)),
            ]
        )
    header = [
        "services",
        "resources",
        "preview from nothing",
        "a service",
        "up from the row above",
        "preview, deployed",
    ]
    return report.table(header, rows)


def of_nodes(sizes: Sequence[int]) -> str:
    """A table with a row for each size of a node group, deployed one after the other."""
    curve = _Curve()
    try:
        curve.deploys(_lean(many_services(1)))
        rows = [[str(size), *_deployed(curve.deploys(_lean(with_node_group(size))))] for size in sorted(sizes)]
    finally:
        curve.close()
    return report.table(["nodes of a node group", "up from the row above", "preview, deployed"], rows)


class _Curve:
    """A sandbox of its own, and stack files for it."""

    def __init__(self) -> None:
        self._rehearsal = Rehearsal(name="bench")
        self._folder = tempfile.TemporaryDirectory()
        self._rehearsal.down()

    def close(self) -> None:
        self._rehearsal.down()
        self._folder.cleanup()

    def previews(self, document: dict[str, Any]) -> list[Result]:
        self._write(document)
        # Without the guardrails: their GPU budget refuses a pool this large, and rightly so.
        return [self._rehearsal.run("preview", _STACK, "--no-policy-pack").check() for _ in range(_PREVIEWS)]

    def deploys(self, document: dict[str, Any]) -> tuple[Result, list[Result]]:
        """How an ``up`` ended, and the previews after it."""
        self._write(document)
        up = self._rehearsal.run("up", _STACK, "--no-policy-pack").check()
        return up, self.previews(document)

    def _write(self, document: dict[str, Any]) -> None:
        path = Path(self._folder.name) / f"Pulumi.{_STACK}.yaml"
        path.write_text(yaml.safe_dump(document))
        self._rehearsal.files[_STACK] = path


def _lean(document: dict[str, Any]) -> dict[str, Any]:
    """Without monitoring, which is the same whatever the size and would run on each node."""
    document["config"]["llm-platform:monitoring"] = {"size": "none"}
    return document


def _best(results: Sequence[Result]) -> float:
    return min(result.seconds for result in results)


def _resources(preview: Result) -> int:
    return sum(len(urns) for urns in preview.changes.values())


def _seconds(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f} s"


def _deployed(ended: tuple[Result, list[Result]]) -> tuple[str, str]:
    up, previews = ended
    return _seconds(up.seconds), _seconds(_best(previews))
