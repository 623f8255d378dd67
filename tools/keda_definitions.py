"""The file of KEDA's CustomResourceDefinitions that the program deploys, made from a release of KEDA.

``python -m tools.keda_definitions FOLDER`` reads ``FOLDER/config/crd`` of the Go module ``github.com/kedacore/keda/v2``
(``go mod download -json github.com/kedacore/keda/v2@VERSION`` names its folder) and writes
``components/cluster/addons/keda/definitions.json``.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).parents[1] / "components" / "cluster" / "addons" / "keda" / "definitions.json"
OMITTED = (
    "Descriptions are omitted, and so is the schema of a ScaledJob's pod template, which is nine tenths of the file: the program "
    "makes no ScaledJob, but KEDA's operator does not start without its definition."
)
_OPEN = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def without_descriptions(value: Any, *, named: bool = False) -> Any:
    """A schema without its descriptions; ``named`` for a map whose keys are names of properties."""
    if isinstance(value, dict):
        return {
            key: without_descriptions(below, named=key == "properties" and not named)
            for key, below in value.items()
            if named or key != "description"
        }
    return [without_descriptions(one) for one in value] if isinstance(value, list) else value


def patched(definition: dict[str, Any], patches: list[dict[str, Any]]) -> dict[str, Any]:
    """A definition with KEDA's own patches (RFC 6902, ``add`` of a member and ``remove``)."""
    for patch in patches:
        *path, last = patch["path"].strip("/").split("/")
        place: Any = definition
        for step in path:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if patch["op"] == "remove":
            del place[last]
        elif last == "-":
            place.append(patch["value"])
        else:
            place[last] = patch["value"]
    return definition


def definitions(folder: Path) -> list[dict[str, Any]]:
    """The definitions below ``config/crd`` of KEDA's module, by name."""
    base = folder / "config" / "crd"
    found = []
    for file in sorted(base.glob("bases/*.yaml")):
        definition = yaml.safe_load(file.read_text(encoding="utf-8"))
        kind = definition["spec"]["names"]["singular"]
        patch = base / "patches" / f"{kind}_patch.yaml"
        if patch.exists():
            definition = patched(definition, yaml.safe_load(patch.read_text(encoding="utf-8")))
        definition = without_descriptions(definition)
        if kind == "scaledjob":
            schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            schema["properties"]["spec"]["properties"]["jobTargetRef"] = _OPEN
        found.append(definition)
    return found


def main(arguments: list[str]) -> int:
    """Write the file; 2 without the one folder."""
    if len(arguments) != 1:
        sys.stderr.write("name the folder of KEDA's Go module: python -m tools.keda_definitions FOLDER\n")
        return 2
    folder = Path(arguments[0])
    version = folder.name.rpartition("@")[2]
    text = json.dumps(
        {
            "source": f"config/crd of github.com/kedacore/keda {version}, Apache-2.0. {OMITTED}",
            "definitions": definitions(folder),
        },
        indent=1,
    )
    TARGET.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
