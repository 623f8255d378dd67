import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from rehearsal.charts import repository
from rehearsal.charts.packaging import package
from rehearsal.charts.web import chart_routes
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.kubernetes.helm import chart_source
from rehearsal.kubernetes.helm.chart_source import ChartNotFoundError
from tests.rehearsal.kubernetes.helm.toy_chart import CONFIG_MAP, toy_chart


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository, each of its charts a toy."""
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    folder = toy_chart(tmp_path, {"config.yaml": CONFIG_MAP})

    def packaged(chart: repository.Chart, source: repository.GoModuleChart) -> bytes:
        (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {chart.name}\nversion: {source.version}\n")
        return package(folder, version=chart.pin, module=source.module, values={})

    monkeypatch.setattr(repository, "_packaged", packaged)
    return tmp_path


@contextlib.contextmanager
def served() -> Iterator[str]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        config = uvicorn.Config(Starlette(routes=chart_routes()), log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}/charts"
        finally:
            server.should_exit = True
            thread.join()


def version_of(inputs: dict[str, object]) -> str:
    chart = chart_source.load(inputs)
    assert not isinstance(chart, str)
    return chart.version


def test_a_mirror_on_loopback_has_the_production_version(made: Path) -> None:
    with served() as url:
        inputs = {"chart": "karpenter", "version": "1.14.1", "repositoryOpts": {"repo": url}}
        assert version_of(inputs) == "1.14.1"
        with pytest.raises(ChartNotFoundError, match=r'version "9\.9\.9" not found'):
            chart_source.load({**inputs, "version": "9.9.9"})
        assert not chart_source.is_recorded(inputs)
        assert chart_source.is_recorded({**inputs, "chart": "aws-load-balancer-controller"})


def test_a_repository_that_cannot_be_made_says_why(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Path:
        raise ToolchainError("Go module m@v1: not downloaded; give this machine access to a Go module proxy")

    monkeypatch.setattr(repository, "prepare", refuse)
    with (
        served() as url,
        pytest.raises(ChartNotFoundError, match=r"^chart 'karpenter': Go module m@v1: not downloaded"),
    ):
        chart_source.load({"chart": "karpenter", "version": "1.14.1", "repositoryOpts": {"repo": url}})


def test_the_name_that_production_uses_finds_it_as_well(made: Path) -> None:
    inputs = {"chart": "oci://public.ecr.aws/karpenter/karpenter-crd", "version": "1.14.1"}
    assert version_of(inputs) == "1.14.1"
    with pytest.raises(ChartNotFoundError, match=r"as version 1\.14\.1, not 1\.0\.0"):
        chart_source.load({**inputs, "version": "1.0.0"})
    with pytest.raises(ChartNotFoundError, match=r"no chart 'karpenter'"):
        chart_source.load({"chart": "karpenter", "version": "1.14.1"})


def test_an_archive_that_was_changed_is_refused(made: Path) -> None:
    (repository.prepare() / "karpenter-1.14.1.tgz").write_bytes(b"other")
    with served() as url, pytest.raises(ChartNotFoundError):
        chart_source.load({"chart": "karpenter", "version": "1.14.1", "repositoryOpts": {"repo": url}})


def test_a_folder_is_a_chart(tmp_path: Path) -> None:
    folder = toy_chart(tmp_path, {})
    assert chart_source.load({"chart": str(folder)}) == str(folder)
