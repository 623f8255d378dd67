"""Releases read from source distributions, wheels and folders."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.tools.vllm_releases.tree import source
from tools.vllm_releases.__main__ import main
from tools.vllm_releases.source import SourceError, read_source

FILES = source().files


def sdist(folder: Path, name: str = "vllm-0.9.2.tar.gz") -> Path:
    path = folder / name
    with tarfile.open(path, "w:gz") as archive:
        for inner, text in FILES.items():
            member = tarfile.TarInfo(f"vllm-0.9.2/{inner}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def wheel(folder: Path) -> Path:
    path = folder / "vllm-0.15.1-cp38-abi3-manylinux_2_31_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in FILES.items():
            archive.writestr(inner, text)
        archive.writestr("vllm/_C.abi3.so", b"\0")
    return path


def test_an_sdist_a_wheel_and_a_folder_are_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "0.11.2"
    for inner, text in FILES.items():
        (folder / inner).parent.mkdir(parents=True, exist_ok=True)
        (folder / inner).write_text(text)
    read = [read_source(sdist(tmp_path)), read_source(wheel(tmp_path)), read_source(folder)]
    assert [each.version for each in read] == ["0.9.2", "0.15.1", "0.11.2"]
    assert [each.minor for each in read] == [9, 15, 11]
    assert all(dict(each.files) == dict(FILES) for each in read)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("notes.tar.gz", "name it like vllm-0.9.2.tar.gz"),
        ("vllm-0.9.2.tar.gz", "vllm-0.9.2.tar.gz: "),
        ("0.9.2", "no release"),
    ],
)
def test_another_file_is_refused_with_one_line(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / name
    if name == "0.9.2":
        path.mkdir()
    else:
        path.write_text("not an archive")
    with pytest.raises(SourceError, match=said):
        read_source(path)


def test_the_command_writes_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "options.json"
    assert main([str(sdist(tmp_path)), str(wheel(tmp_path)), "--output", str(output)]) == 0
    assert output.read_text().startswith('{\n"releases": ["0.9.2", "0.15.1"],')
    assert main([str(tmp_path / "x.tar.gz"), "--output", str(output)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_code_that_does_not_parse_is_named(tmp_path: Path) -> None:
    broken = source(config="def (:")
    with pytest.raises(SourceError, match=r"vllm/config/__init__.py is not Python"):
        broken.require("vllm.config")
    with pytest.raises(SourceError, match=r"has no module vllm.nowhere"):
        broken.require("vllm.nowhere")
