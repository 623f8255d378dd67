"""The table of controllers against the go.mod files that pin them."""

import re
from pathlib import Path

import pytest

from rehearsal.controllers.programs import PROGRAMS, Program


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=lambda program: program.name)
def test_go_mod_pins_what_the_table_says(program: Program) -> None:
    text = (program.module.directory / "go.mod").read_text()
    assert re.search(rf"^\s*{re.escape(program.source)} v{re.escape(program.version)}( |$)", text, re.MULTILINE)
    # Without a `tool` line, `go mod tidy` would drop the program.
    for package in (program.module.package, *program.module.beside):
        assert re.search(rf"^(tool |\t){re.escape(package)}$", text, re.MULTILINE)
    assert (program.module.directory / "go.sum").stat().st_size > 0


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=lambda program: program.name)
def test_the_binary_is_stamped_with_the_version(program: Program) -> None:
    assert re.fullmatch(rf"-s -w -X \S+=v?{re.escape(program.release or program.version)}", program.module.ldflags)
    assert program.module.background


def test_a_release_that_its_module_counts_otherwise() -> None:
    assert PROGRAMS["prometheus"].label == "Prometheus 3.16.0"
    assert PROGRAMS["karpenter"].label == "Karpenter 1.14.1"


def test_tools_are_built_beside_their_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "build", lambda program: Path("/cache") / program.name)
    assert PROGRAMS["prometheus"].tool("promtool") == Path("/cache/promtool")
    with pytest.raises(KeyError, match="amtool is not built beside Prometheus"):
        PROGRAMS["prometheus"].tool("amtool")
