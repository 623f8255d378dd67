import dataclasses
import threading

import pytest

from rehearsal.engine.gomodule import GoModule
from rehearsal.engine.toolchain import ToolchainError


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module, and a `go` whose build takes a moment, notes that it ran, and copies a source to the output."""
    monkeypatch.setenv("LLM_PLATFORM_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module example\n")
    (folder / "go.sum").write_text("")
    (folder / "main.go").write_text("package main\n")
    go = tmp_path / "path" / "go"
    go.parent.mkdir()
    go.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = env ]; then echo go1.26.1; exit; fi\n'
        f'echo "$CGO_ENABLED $*" >> {tmp_path / "builds"}\n'
        "echo example/one >&2; echo 'go: downloading example.com/x v1.0.0' >&2; sleep 0.3\n"
        'for a; do if [ "$last" = -o ]; then cp main.go "$a"; fi; last="$a"; done\n'
        f"if [ -e {tmp_path / 'broken'} ]; then cat {tmp_path / 'broken'} >&2; exit 1; fi\n"
    )
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{go.parent}:/usr/bin:/bin")
    return GoModule(name="example", directory=folder, package=".", ldflags="-s -w -X main.version=v1")


def test_the_key_covers_all_that_decides_the_binary(module):
    first = module.key("go1.26.1")
    assert module.key("go1.26.1") == first
    others = {first, module.key("go1.26.2"), dataclasses.replace(module, ldflags="-s").key("go1.26.1")}
    others.add(dataclasses.replace(module, package="./cmd").key("go1.26.1"))
    for name in ("go.mod", "go.sum", "main.go", "sub/more.go"):
        path = module.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("changed")
        others.add(module.key("go1.26.1"))
    assert len(others) == 8
    last = module.key("go1.26.1")
    (module.directory / "README.md").write_text("no source")
    assert module.key("go1.26.1") == last


def test_it_is_built_once_and_again_after_a_change(module, tmp_path, capsys):
    assert module.built() is None
    path = module.build()
    assert path.read_text() == "package main\n"
    assert module.build() == path == module.built()
    (module.directory / "main.go").write_text("package main // changed\n")
    assert module.built() is None
    assert module.build() != path
    builds = (tmp_path / "builds").read_text().splitlines()
    assert len(builds) == 2
    assert builds[0].startswith(
        "0 build -v -mod=readonly -buildvcs=false -trimpath -ldflags -s -w -X main.version=v1 -o "
    )
    assert "building example (go1.26.1): 1 packages compiled" in capsys.readouterr().err


def test_two_at_once_build_once(module, tmp_path):
    paths = []
    threads = [threading.Thread(target=lambda: paths.append(module.build())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 1
    assert len(paths) == 3
    assert len((tmp_path / "builds").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("main.go:3:1: syntax error: unexpected name", "cannot build example:\nmain.go:3:1: syntax error"),
        (
            'go: example.com/x: Get "https://proxy.golang.org": dial tcp: lookup proxy.golang.org: no such host',
            "give this machine access to a Go module proxy",
        ),
    ],
)
def test_a_failed_build_says_why_and_leaves_nothing(module, tmp_path, said, told):
    (tmp_path / "broken").write_text(said + "\n")
    with pytest.raises(ToolchainError) as raised:
        module.build()
    assert told in str(raised.value)
    assert module.built() is None
    assert list(module.path("go1.26.1").parent.iterdir()) == []
    (tmp_path / "broken").unlink()
    assert module.build().exists()
