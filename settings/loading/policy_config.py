"""Which file of levels and settings the guardrails take for a stack: one choice, for the command line, the rehearsal
and the portal alike.

``python -m settings.loading.policy_config STACK`` prints the arguments that put ``pulumi preview`` or ``pulumi up`` under the
guardrails; ``make preview`` and ``make up`` use it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from settings.loading.stack_file import StackFileError, find_stack_file, read_settings

PACK = "policies"


def policy_config(pack: Path, stack: str, platform: str | None) -> Path | None:
    """The pack's ``config/STACK.json``, else that of the platform a team stack runs on; None without either.

    Args:
        pack: Folder of the policy pack.
        stack: Name of the stack, plain or as organization/project/stack.
        platform: Name of its platform stack, in either form; None for a platform stack.
    """
    names = (name.rpartition("/")[2] for name in (stack, platform) if name)
    return next((path for name in names if (path := pack / "config" / f"{name}.json").is_file()), None)


def arguments(stack: str, folder: Path) -> list[str]:
    """What the Pulumi CLI, run in ``folder``, must be given so that a stack goes through the guardrails.

    Raises:
        StackFileError: the stack has no file there, or the file holds no settings.
    """
    platform = read_settings(find_stack_file(stack, folder)).get("platform")
    return guardrails(folder, stack, str(platform) if platform else None)


def guardrails(folder: Path, stack: str, platform: str | None) -> list[str]:
    """The same for a stack whose platform is known."""
    config = policy_config(folder / PACK, stack, platform)
    chosen = ["--policy-pack-config", str(config.relative_to(folder))] if config else []
    return ["--policy-pack", PACK, *chosen]


def main(names: Sequence[str]) -> int:
    """Print the arguments for the one stack that is named; 2 if there is none of that name."""
    if len(names) != 1:
        sys.stderr.write("name one stack: python -m settings.loading.policy_config STACK\n")
        return 2
    try:
        sys.stdout.write(" ".join(arguments(names[0], Path.cwd())) + "\n")
    except StackFileError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
