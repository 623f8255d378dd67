"""The ``rehearse`` command, or one line where its packages are not installed."""

import sys


def main() -> None:
    """Start the command line; an environment made for real deployments only does not have what it needs."""
    try:
        from rehearsal.cli import main as start  # noqa: PLC0415 - the import is what may fail
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"rehearsal", "cli", "settings", "planner", "workspace"}:
            raise
        sys.exit(f"rehearse: the package {error.name} is not installed: `make setup` installs what a rehearsal needs")
    start()


if __name__ == "__main__":
    main()
