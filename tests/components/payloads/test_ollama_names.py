"""Further names of an Ollama model: the same manifest, found by the server that serves it."""

from pathlib import Path

import pytest

from components.payloads import ollama_names
from components.payloads.ollama_model import Folder, Name, RegistrySource, copy
from components.payloads.ollama_names import ModelNameError, give, place
from rehearsal.images.ollama import registry
from rehearsal.images.ollama.store import Store

LLAMA = Name.parse("llama3.1:8b")


@pytest.fixture(scope="module")
def source() -> RegistrySource:
    return RegistrySource(registry.start("127.0.0.1"))


def test_the_server_knows_the_model_by_each_name(source: RegistrySource, tmp_path: Path) -> None:
    copy(LLAMA, source, Folder(str(tmp_path)))
    for _ in range(2):
        give(tmp_path, "llama3.1:8b", ["llama", "dev/llama"])
    names = {(found.name.namespace, found.name.model, found.name.tag) for found in Store(tmp_path).models()}
    assert names == {("library", "llama3.1", "8b"), ("library", "llama", "latest"), ("dev", "llama", "latest")}
    assert not list(tmp_path.rglob(".*")), "no half file is left"


def test_a_copy_of_another_model_takes_the_old_names_with_it(source: RegistrySource, tmp_path: Path) -> None:
    copy(LLAMA, source, Folder(str(tmp_path)))
    give(tmp_path, "llama3.1:8b", ["llama"])
    old = (tmp_path / place("llama")).read_bytes()
    copy(Name.parse("qwen2.5-coder:7b"), source, Folder(str(tmp_path)))
    assert not (tmp_path / place("llama")).exists()
    give(tmp_path, "qwen2.5-coder:7b", ["llama"])
    assert (tmp_path / place("llama")).read_bytes() != old


@pytest.mark.parametrize("name", ["", "/x", "x/", "../x", "a/../b", ".x", "a/.b", "x:.y"])
def test_what_is_not_a_name_is_refused(name: str) -> None:
    with pytest.raises(ModelNameError):
        place(name)


def test_a_model_that_is_not_there_ends_the_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TARGET", str(tmp_path))
    monkeypatch.setenv("MODEL", "llama3.1:8b")
    monkeypatch.setenv("NAMES", "llama")
    assert ollama_names.main() == 1
    assert "llama3.1:8b is not in" in caplog.text
