from pathlib import Path

from gateway.archive.imports import imported, needed


def write(folder: Path, files: dict[str, str]) -> dict[str, Path]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {name: folder / name for name in files}


def test_imports_wherever_they_are(tmp_path: Path) -> None:
    text = "import a.b\nfrom c import d as e\ndef f():\n    from g.h import i, j\nfrom . import near\n"
    [source] = write(tmp_path, {"source.py": text}).values()
    assert imported([source]) == {"a.b", "c", "c.d", "g.h", "g.h.i", "g.h.j"}


def test_only_what_is_reached_is_needed(tmp_path: Path) -> None:
    modules = write(
        tmp_path,
        {
            "envoy/__init__.py": "",
            "envoy/auth/__init__.py": "",
            "envoy/auth/auth_pb2.py": "from envoy.core import base_pb2 as base\nfrom google.protobuf import any_pb2",
            "envoy/auth/other_pb2.py": "",
            "envoy/core/base_pb2.py": "from envoy.auth import auth_pb2 as cycle\nimport validate.validate_pb2",
            "validate/validate_pb2.py": "",
            "xds/unused_pb2.py": "",
        },
    )
    assert needed(modules, {"envoy.auth.auth_pb2", "grpc"}) == {
        "envoy/__init__.py",
        "envoy/auth/__init__.py",
        "envoy/auth/auth_pb2.py",
        "envoy/core/base_pb2.py",
        "validate/validate_pb2.py",
    }
    assert needed(modules, set()) == set()
