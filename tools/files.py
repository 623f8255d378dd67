"""Files of the checkout that git knows, for checks that read all of them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@cache
def listed() -> tuple[Path, ...]:
    """The files that are tracked or new, by path relative to the checkout, without those that are ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(Path(line) for line in output.splitlines() if (ROOT / line).is_file()))
