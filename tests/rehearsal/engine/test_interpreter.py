import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.engine import packages
from rehearsal.engine.interpreter import Interpreter, InterpreterError, choose


@pytest.fixture
def project(tmp_path):
    """A project with a virtual environment `env` that sees nothing but what this test puts into it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    return tmp_path


def site_packages(project: Path) -> Path:
    return next((project / "env" / "lib").glob("python3*/site-packages"))


def install(folder: Path, name: str, version: str, *requires: str) -> None:
    described = folder / f"{name}-{version}.dist-info"
    described.mkdir()
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {text}" for text in requires)]
    (described / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
    (folder / name).mkdir()


def test_without_options_it_is_the_hosts_own(project):
    chosen = choose(str(project), {})
    assert chosen.command == sys.executable
    assert chosen.version == sys.version.split()[0]


@pytest.mark.parametrize("options", [{"virtualenv": "env"}, {"toolchain": "pip", "virtualenv": "env"}])
def test_a_virtual_environment_is_relative_to_the_project(project, options):
    chosen = choose(str(project), options)
    assert chosen == Interpreter(str(project / "env" / "bin" / "python"), project / "env")
    environment = chosen.environment({"PATH": "/bin", "PYTHONHOME": "/x"})
    assert environment == {"PATH": f"{project / 'env' / 'bin'}:/bin", "VIRTUAL_ENV": str(project / "env")}
    assert site_packages(project) in chosen.search_path


def test_uv_keeps_its_environment_in_dot_venv(project):
    (project / "env").rename(project / ".venv")
    assert choose(str(project), {"toolchain": "uv"}).virtualenv == project / ".venv"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"virtualenv": "nowhere"}, r"virtual environment .*/nowhere .*does not exist.*pulumi install"),
        ({"toolchain": "uv"}, r"\.venv .*does not exist"),
        ({"toolchain": "poetry", "virtualenv": "env"}, "toolchain is 'poetry'.*pip and uv"),
    ],
)
def test_what_is_not_there_is_told_with_its_cure(project, options, told):
    with pytest.raises(InterpreterError, match=told):
        choose(str(project), options)


def test_a_broken_python_is_told(project):
    python = project / "env" / "bin" / "python"
    python.unlink()
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(InterpreterError, match=r"does not run.*create the virtual environment again"):
        _ = choose(str(project), {"virtualenv": "env"}).version


def test_required_packages_are_read_from_what_is_installed(project):
    folder = site_packages(project)
    for name, text in {
        "pulumi_aws": '{"resource": true, "name": "aws", "version": "7.51.1"}',
        "pulumi_policy": '{"resource": false}',
        "pulumi_docker_build": '{"resource": true, "server": "https://example.com"}',
        "pulumi_random": '{"resource": true, "name": "terraform-provider", "version": "v1.0.0",'
        ' "parameterization": {"name": "random", "version": "3.0.0", "value": "e30="}}',
    }.items():
        install(folder, name, "0.0.22")
        (folder / name / "pulumi-plugin.json").write_text(text)
    found = {package.name: package for package in packages.required(choose(str(project), {"virtualenv": "env"}))}
    assert set(found) == {"aws", "docker-build", "terraform-provider"}
    assert (found["aws"].version, found["aws"].kind) == ("v7.51.1", "resource")
    assert (found["docker-build"].version, found["docker-build"].server) == ("v0.0.22", "https://example.com")
    assert found["terraform-provider"].version == "v1.0.0"
    assert found["terraform-provider"].parameterization.value == b"{}"


def test_dependencies_are_what_nothing_else_requires(project):
    folder = site_packages(project)
    install(folder, "pulumi_aws", "7.51.1", "pulumi>=3.0", "Parver (>=0.2)")
    install(folder, "pulumi", "3.272.0", "grpcio~=1.71; python_version > '3.9'")
    install(folder, "grpcio", "1.85.1")
    install(folder, "parver", "0.5")
    interpreter = choose(str(project), {"virtualenv": "env"})
    direct = packages.dependencies(interpreter, transitive=False)
    assert [(found.name, found.version) for found in direct] == [("pulumi_aws", "7.51.1")]
    assert len(packages.dependencies(interpreter, transitive=True)) == 4


def test_the_projects_own_packages_are_found():
    found = {package.name for package in packages.required(choose("/", {}))}
    assert {"aws", "awsx", "eks", "kubernetes"} <= found
