"""A folder with an engine that can run Python programs: `bin/pulumi` and, where needed, our language host beside it."""

import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rehearsal.engine.build import binary
from rehearsal.engine.installed import has_language_host

_LAUNCHER = """\
#!/bin/sh
# Pulumi's engine starts this for `runtime: python`. Written again by every rehearsal.
exec {python} -P -m rehearsal.engine.language_host "$@"
"""
_AWS_CLI = """\
#!/bin/sh
# Stands where eks.Cluster and the preflight look for the AWS CLI; a rehearsal's kubeconfig needs none.
[ "$1" = --version ] && echo "aws-cli/{version} rehearsal" && exit 0
echo "aws: the rehearsal has no AWS CLI, only its version" >&2
exit 252
"""
AWS_CLI_VERSION = "2.31.0"


def prepare_bin(directory: Path) -> Path:
    """Make ``directory/bin`` for this Python environment and return ``directory``, absolute.

    The result is what `pulumi.automation.PulumiCommand(root=...)` wants; who starts `bin/pulumi` another way puts
    `bin` first on PATH.
    """
    directory = directory.absolute()
    programs = directory / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    _replace(programs / "aws", lambda new: _script(new, _AWS_CLI.format(version=AWS_CLI_VERSION)))
    engine = binary("pulumi")
    if has_language_host(engine):
        # The engine finds its own plugins beside the file that the link leads to.
        _replace(programs / "pulumi", lambda new: new.symlink_to(engine.resolve()))
        (programs / "pulumi-language-python").unlink(missing_ok=True)
    else:
        # A second name for the file, not a link to it: the engine warns of a host on PATH that is not beside itself.
        _replace(programs / "pulumi", lambda new: _same_file(engine, new))
        text = _LAUNCHER.format(python=shlex.quote(sys.executable))
        _replace(programs / "pulumi-language-python", lambda new: _script(new, text))
    return directory


def _replace(path: Path, make: Callable[[Path], None]) -> None:
    """Let ``make`` write a new file and put it in the place of ``path``, which may be in use."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new.") as temporary:
        new = Path(temporary) / path.name
        make(new)
        new.replace(path)


def _same_file(existing: Path, new: Path) -> None:
    try:
        new.hardlink_to(existing.resolve())
    except OSError:  # another file system, or one without hard links
        shutil.copy2(existing, new)


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
