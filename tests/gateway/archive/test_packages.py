from pathlib import Path

import pytest

from gateway.archive import packages
from gateway.archive.errors import ArchiveError


def script(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"UV_OFFLINE": "1"}, "was not found in the cache"),
        ({"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}, "Connection refused"),
    ],
)
def test_a_machine_without_a_package_index(
    environment: dict[str, str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("UV_FIND_LINKS", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ArchiveError, match=reason) as raised:
        packages.installed_packages(tmp_path / "packages")
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("gateway archive: uv cannot install its packages (")
    assert str(raised.value).endswith(
        "give this machine a package index that has PyPI's files, once: the archive is kept"
    )


def test_a_file_with_another_hash_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = packages.REQUIREMENTS.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("six=="))
    wrong = tmp_path / "requirements.txt"
    wrong.write_text(f"{lines[start]}\n    --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(packages, "REQUIREMENTS", wrong)
    with pytest.raises(ArchiveError, match=r"Hash mismatch for `six==[\d.]+`") as raised:
        packages.installed_packages(tmp_path / "packages")
    assert "\n" not in str(raised.value)


def test_a_machine_without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_CHECKOUT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveError, match="there is no uv, which downloads its packages: run `make deploy-setup`"):
        packages.find_uv()
    on_path = script(tmp_path / "uv", "")
    assert packages.find_uv() == on_path
    (tmp_path / ".uv" / "bin").mkdir(parents=True)
    assert packages.find_uv() == on_path
    own = script(tmp_path / ".uv" / "bin" / "uv", "")
    assert packages.find_uv() == own


def test_code_that_differs_between_the_pythons_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uv = script(
        tmp_path / "uv",
        'while [ "$1" ]; do case "$1" in --target) target="$2";; --python-version) version="$2";; esac; shift; done\n'
        'mkdir -p "$target/a" "$target/a.dist-info"; echo "$version" > "$target/a.dist-info/WHEEL"\n'
        'echo same > "$target/a/same.py"; echo "$version" > "$target/a/$NAME"',
    )
    monkeypatch.setattr(packages, "find_uv", lambda: uv)
    monkeypatch.setenv("NAME", "../a.dist-info/METADATA")
    found = packages.installed_packages(tmp_path / "fine")
    assert set(found) == {"a/same.py", "a.dist-info/WHEEL", "a.dist-info/METADATA"}
    monkeypatch.setenv("NAME", "differs.py")
    with pytest.raises(ArchiveError, match=r"a/differs\.py differs between Python 3\.13 and 3\.11"):
        packages.installed_packages(tmp_path / "wrong")
