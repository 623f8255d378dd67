import dataclasses
import threading
import time

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
        f'if [ "$1" = mod ]; then echo \'{{"Dir": "{tmp_path / "source"}"}}\'; exit; fi\n'
        f'for a; do case "$a" in -modfile=*) cat "${{a#-modfile=}}" > {tmp_path / "modfile"};; esac; done\n'
        f'echo "$CGO_ENABLED $*" >> {tmp_path / "builds"}\n'
        f'if [ "$GOCACHE" ]; then mkdir -p "$GOCACHE"; touch "$GOCACHE/entry"; fi; echo "$GOCACHE" > {tmp_path / "used"}\n'
        "echo example/one >&2; echo 'go: downloading example.com/x v1.0.0' >&2\n"
        f"while [ -e {tmp_path / 'hold'} ]; do sleep 0.05; done\n"
        'for a; do if [ -d "$out" ] && [ "$last" != -o ]; then cp main.go "$out/${a##*/}"; fi\n'
        '  if [ "$last" = -o ]; then if [ -d "$a" ]; then out="$a"; else cp main.go "$a"; fi; fi; last="$a"; done\n'
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


def test_a_build_in_the_background_is_modest_and_removes_its_build_cache(module, tmp_path, monkeypatch):
    monkeypatch.delenv("GOCACHE", raising=False)
    module = dataclasses.replace(module, background=True, tags=("one", "two"))
    own = tmp_path / "cache" / "go-build"
    (tmp_path / "broken").write_text("no\n")
    with pytest.raises(ToolchainError):
        module.build()
    assert (own / "entry").exists(), "what was compiled is kept for the next try"
    (tmp_path / "broken").unlink()
    module.build()
    assert (tmp_path / "used").read_text() == f"{own}\n"
    assert not own.exists()
    assert (
        " build -v -p 2 -mod=readonly -buildvcs=false -trimpath -tags one,two -ldflags "
        in (tmp_path / "builds").read_text()
    )


def test_programs_of_one_module_are_built_together(module, tmp_path):
    module = dataclasses.replace(module, package="example.com/x/cmd/example", beside=("example.com/x/cmd/tool",))
    path = module.build()
    assert sorted(file.name for file in path.parent.iterdir()) == ["example", "tool"]
    assert (tmp_path / "builds").read_text().endswith(" example.com/x/cmd/example example.com/x/cmd/tool\n")
    assert dataclasses.replace(module, beside=()).key("go1.26.1") != module.key("go1.26.1")


def test_a_program_is_called_like_the_module_whatever_its_package_is(module):
    module = dataclasses.replace(module, package="example.com/x/cmd/operator", beside=("example.com/x/cmd/adapter",))
    assert sorted(file.name for file in module.build().parent.iterdir()) == ["adapter", "example"]


def test_files_that_a_module_lacks_are_empty_in_a_copy_of_it(module, tmp_path):
    source = tmp_path / "source"
    (source / "ui").mkdir(parents=True)
    (source / "ui" / "web.go").write_text("package ui\n")
    for folder in (source / "ui", source):
        folder.chmod(0o555)
    module = dataclasses.replace(module, source="example.com/x", absent=("ui/dist/index.html",))
    path = module.build()
    first, *_, last = (tmp_path / "modfile").read_text().splitlines()
    assert first == "module example"
    assert last.startswith(f"replace example.com/x => {path.parent}")
    assert [file.name for file in path.parent.iterdir()] == ["example"], "the copy is gone after the build"
    assert dataclasses.replace(module, absent=()).key("go1.26.1") != module.key("go1.26.1")


def test_the_users_build_cache_is_used_and_kept(module, tmp_path, monkeypatch):
    monkeypatch.setenv("GOCACHE", str(tmp_path / "users"))
    dataclasses.replace(module, background=True).build()
    assert (tmp_path / "users" / "entry").exists()
    assert not (tmp_path / "cache" / "go-build").exists()


def test_others_see_how_far_a_build_is(module, tmp_path):
    assert module.progress() == ""
    (tmp_path / "hold").touch()
    thread = threading.Thread(target=module.build)
    thread.start()
    deadline = time.monotonic() + 60
    try:
        while not module.progress().startswith("1 packages, "):
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:  # else the build, and with it the process of the tests, never ends
        (tmp_path / "hold").unlink()
        thread.join()
    assert module.progress() == ""


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
