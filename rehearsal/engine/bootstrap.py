"""Brings in uv where it is missing: `python3 rehearsal/engine/bootstrap.py FOLDER` makes FOLDER/bin/uv.

Standard library only. Distributions that package Python in parts may leave out `venv`, `ensurepip` or `pip`: any of the
ways below is enough.
"""

import shutil
import subprocess
import sys
from pathlib import Path

# Any release of this series works (pyproject.toml says the oldest); pinned so that everybody has the same one.
UV = "uv==0.13.8"


def main(folder: Path) -> int:
    """Try one way after the other; the exit code is 1 when none works."""
    reasons = []
    for way in (_virtual_environment, _target):
        shutil.rmtree(folder, ignore_errors=True)
        reason = way(folder)
        if reason is None:
            return 0
        reasons.append(f"{way.__name__.strip('_').replace('_', ' ')}: {reason}")
    shutil.rmtree(folder, ignore_errors=True)
    sys.stderr.write(f"error: cannot install {UV} for {sys.executable} ({'; '.join(reasons)})\n")
    sys.stderr.write("install pip or venv for this Python (Debian, Ubuntu: apt install python3-venv), then try again\n")
    return 1


def _virtual_environment(folder: Path) -> str | None:
    return _run("-m", "venv", str(folder)) or _run(
        "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV, python=folder / "bin" / "python"
    )


def _target(folder: Path) -> str | None:
    return _run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder), UV)


def _run(*arguments: str, python: str | Path = sys.executable) -> str | None:
    """None when it worked, else the last line it said."""
    answer = subprocess.run(
        [python, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if answer.returncode == 0:
        return None
    return (answer.stdout.strip().splitlines() or ["no message"])[-1]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
