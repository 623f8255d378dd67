import hashlib
from pathlib import Path

import pytest
import yaml

from rehearsal.charts import repository
from rehearsal.charts.chart_list import from_modules
from rehearsal.charts.packaging import MODULE_VERSION
from rehearsal.engine.toolchain import ToolchainError
from tests.rehearsal.kubernetes.helm.toy_chart import toy_chart


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The modules that were downloaded: folders with a toy in the place of each chart."""
    downloaded: list[str] = []
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    for _, source in from_modules():
        folder = tmp_path / "module" / source.folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        toy_chart(tmp_path, {}).rename(folder)
        (folder / "values.yaml").write_text("controller: {image: {tag: old, digest: old}}\n")

    def module_folder(module: str) -> Path:
        downloaded.append(module)
        return tmp_path / "module"

    monkeypatch.setattr(repository, "module_folder", module_folder)
    return downloaded


def test_it_is_made_once_with_digests_and_production_versions(modules: list[str]) -> None:
    folder = repository.prepare()
    assert repository.prepare() == folder
    assert modules == ["github.com/aws/karpenter-provider-aws@v1.14.1"] * 2
    index = yaml.safe_load((folder / "index.yaml").read_text())
    (entry,) = index["entries"]["karpenter"]
    assert (entry["version"], entry["annotations"][MODULE_VERSION]) == ("1.14.1", "1.13.0")
    assert entry["digest"] == hashlib.sha256((folder / entry["urls"][0]).read_bytes()).hexdigest()


def test_another_list_is_another_folder(modules: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    before = repository.folder()
    monkeypatch.setattr(repository, "from_modules", list)
    assert repository.folder() != before


def test_a_module_that_does_not_come_leaves_nothing(modules: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(module: str) -> Path:
        raise ToolchainError(f"Go module {module}: not downloaded")

    monkeypatch.setattr(repository, "module_folder", refuse)
    with pytest.raises(ToolchainError, match="not downloaded"):
        repository.prepare()
    assert not repository.folder().exists()
