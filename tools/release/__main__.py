"""Prepare a release: ``make release VERSION=0.2.0``. Set version, changelog and upgrade notes; commit and tag nothing."""

import argparse
import sys
from datetime import UTC, datetime

from tools.files import ROOT
from tools.release import notes

MODULE, CHANGELOG, UPGRADE = ROOT / "settings" / "version.py", ROOT / "CHANGELOG.md", ROOT / "UPGRADE.md"


def prepare(version: str) -> None:
    """Write the three files; all are computed before the first is written.

    Raises:
        notes.ReleaseError: the release cannot be made.
    """
    module, changelog, upgrade = (path.read_text(encoding="utf-8") for path in (MODULE, CHANGELOG, UPGRADE))
    before = notes.current(module)
    if before == version and notes.notes_of(changelog, version):
        return  # a run that was cut short later on
    texts = {
        MODULE: notes.with_version(module, version),
        CHANGELOG: notes.with_release(changelog, version, datetime.now(UTC).date()),
        UPGRADE: notes.with_next(notes.checked_upgrade(upgrade, before), version),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("version")
    try:
        prepare(parser.parse_args().version)
    except notes.ReleaseError as error:
        sys.exit(f"release: {error}")
