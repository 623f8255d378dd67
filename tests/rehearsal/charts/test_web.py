from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from rehearsal.charts import repository, web
from rehearsal.engine.toolchain import ToolchainError

CLIENT = TestClient(Starlette(routes=web.chart_routes()))


def test_index_and_archives_are_served_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "prepare", lambda: tmp_path)
    for name in ("index.yaml", "karpenter-1.14.1.tgz", "other.tgz"):
        (tmp_path / name).write_text(name)
    assert CLIENT.get("/charts/index.yaml").text == "index.yaml"
    assert CLIENT.get("/charts/karpenter-1.14.1.tgz").content == b"karpenter-1.14.1.tgz"
    for missing in ("other.tgz", "..%2Fother.tgz"):
        assert CLIENT.get(f"/charts/{missing}").status_code == 404


def test_what_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Path:
        raise ToolchainError("no proxy")

    monkeypatch.setattr(repository, "prepare", refuse)
    answer = CLIENT.get("/charts/index.yaml")
    assert (answer.status_code, answer.text) == (503, "no proxy")
