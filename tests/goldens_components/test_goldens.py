"""The stand-ins expand remote components into what the official ones expand them into.

``graphs/`` was recorded from the official engine with the awsx 3.8 and eks 4.3 component providers; ``programs/`` are
the programs. Left out of the comparison (``graphs.masked``): provider versions, a node group's launch template version
(the recording's AWS gave none) and, in the kubeconfig, how one signs in and the cluster's address.
"""

import json
from pathlib import Path

import pytest

from tests.goldens_components import graphs
from tests.goldens_components.engine import Engine

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in (HERE / "programs").glob("*.py"))
EXPLICIT = ("explicit_provider", "platform_core")


def engine(folder, name, **more):
    program = (HERE / "programs" / f"{name}.py").read_text()
    disabled = ("aws", "kubernetes") if name in EXPLICIT else ()
    return Engine(folder, program, disable_default_providers=disabled, **more)


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_resources_as_the_official_components(name, tmp_path):
    golden = json.loads((HERE / "graphs" / f"{name}.json").read_text())
    run = engine(tmp_path, name)
    run.up()
    found = graphs.differences(golden, graphs.of_export(run.export()))
    assert not found, f"{len(found)} differences:\n" + "\n".join(found)


@pytest.mark.soak_only("minutes")
def test_preview_then_second_up_changes_nothing(tmp_path):
    run = engine(tmp_path, "platform_core", echo=("complete",))
    preview = run.run("preview", "--stack", "dev")
    run.up()
    assert "to create" in preview
    second = run.run("preview", "--stack", "dev", "--expect-no-changes")
    assert "unchanged" in second
    run.run("destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert not run.export()["deployment"].get("resources")
