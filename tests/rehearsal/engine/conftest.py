"""A toy stack under the real engine."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from rehearsal.engine.workspace import prepare_bin

TOY = Path(__file__).with_name("toy")


@dataclass(frozen=True)
class Toy:
    """A copy of the toy project with its own backend."""

    root: Path
    engine: Path

    @property
    def program(self) -> Path:
        return self.root / "program"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "PATH": f"{self.engine / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{self.root / 'state'}",
            "PULUMI_HOME": str(self.root / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "made-up",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }

    def pulumi(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            try:
                out, err = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.engine / "bin" / "pulumi", "--non-interactive", "--color=never", *arguments],
            cwd=self.program,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def act(self, how: str) -> None:
        assert self.pulumi("config", "set", "act", how).returncode == 0

    def project_file(self, *lines: str) -> None:
        with (self.program / "Pulumi.yaml").open("a") as stream:
            stream.writelines(line + "\n" for line in lines)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_bin(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def toy(tmp_path: Path, engine: Path) -> Toy:
    shutil.copytree(TOY, tmp_path / "toy")
    (tmp_path / "toy" / "state").mkdir()
    made = Toy(tmp_path / "toy", engine)
    assert made.pulumi("stack", "init", "dev").returncode == 0
    assert made.pulumi("config", "set", "--secret", "who", "hunter2").returncode == 0
    return made
