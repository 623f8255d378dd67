import sys

import pytest

from rehearsal.engine import bootstrap


@pytest.fixture
def python(tmp_path, monkeypatch):
    """A Python of which parts may be missing: what it can do stands in the folder `can`."""
    can = tmp_path / "can"
    can.mkdir()
    fake = tmp_path / "python"
    fake.write_text(
        "#!/bin/sh\n"
        'for last; do :; done\ncase "$*" in\n'
        f'*" venv "*) [ -e {can}/venv ] || {{ echo "No module named ensurepip"; exit 1; }}\n'
        '  mkdir -p "$last/bin"; cp "$0" "$last/bin/python";;\n'
        f'*) [ -e {can}/pip ] || {{ echo "No module named pip"; exit 1; }}\n'
        '  case "$*" in *--target*) folder=$(echo "$*" | sed "s/.*--target //; s/ uv==.*//");; *) folder=${0%/bin/*};; esac\n'
        '  mkdir -p "$folder/bin"; echo "$last" > "$folder/bin/uv";;\nesac\n'
    )
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    monkeypatch.setattr(bootstrap._run, "__kwdefaults__", {"python": str(fake)})
    return can


@pytest.mark.parametrize("parts", [("venv", "pip"), ("pip",)])
def test_uv_comes_in_with_what_there_is(python, tmp_path, parts):
    for part in parts:
        (python / part).touch()
    folder = tmp_path / "uv"
    (folder / "half").mkdir(parents=True)
    assert bootstrap.main(folder) == 0
    assert (folder / "bin" / "uv").read_text().strip() == bootstrap.UV
    assert not (folder / "half").exists()


@pytest.mark.parametrize("parts", [(), ("venv",)])
def test_nothing_to_install_with_is_told_with_its_cure(python, tmp_path, capsys, parts):
    for part in parts:
        (python / part).touch()
    assert bootstrap.main(tmp_path / "uv") == 1
    assert not (tmp_path / "uv").exists()
    said = capsys.readouterr().err
    assert "No module named pip" in said
    assert "apt install python3-venv" in said
