"""The texts of a release."""

from datetime import date

import pytest

from tools.release import notes

CHANGELOG = "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-01-01\n\n- First.\n"
UPGRADE = "# Upgrading\n\nHow.\n\n## From 0.1.0\n\n- Something.\n"
MODULE = '"""Version."""\n\nVERSION = "0.1.0"\n'


def test_what_was_unreleased_gets_the_version_and_the_day():
    text = notes.with_release(CHANGELOG, "0.2.0", date(2026, 11, 26))
    assert "## [Unreleased]\n\n## [0.2.0] - 2026-11-26\n\n### Added\n\n- A thing.\n\n## [0.1.0]" in text
    assert notes.notes_of(text, "0.2.0") == "### Added\n\n- A thing."
    assert notes.notes_of(text, "0.1.0") == "- First."
    with pytest.raises(notes.ReleaseError, match="nothing under"):
        notes.with_release(text, "0.3.0", date(2026, 11, 27))
    with pytest.raises(notes.ReleaseError, match="has no section"):
        notes.with_release("# Changelog\n", "0.3.0", date(2026, 11, 27))


def test_the_version_only_grows():
    assert notes.current(notes.with_version(MODULE, "0.10.0")) == "0.10.0"
    for older in ("0.1.0", "0.0.9"):
        with pytest.raises(notes.ReleaseError, match=f"{older} is not newer than 0.1.0"):
            notes.with_version(MODULE, older)
    for wrong in ("v0.2.0", "0.2", "0.2.0rc1", "0.02.0"):
        with pytest.raises(notes.ReleaseError, match=r"is not a version: write MAJOR\.MINOR\.PATCH"):
            notes.with_version(MODULE, wrong)
    with pytest.raises(notes.ReleaseError, match="no line VERSION"):
        notes.current("")


def test_upgrade_notes_are_about_the_release_before_and_get_a_section_for_the_next():
    text = notes.with_next(notes.checked_upgrade(UPGRADE, "0.1.0"), "0.2.0")
    assert text.startswith("# Upgrading\n\nHow.\n\n## From 0.2.0\n\nNothing yet.\n\n## From 0.1.0\n\n- Something.")
    with pytest.raises(notes.ReleaseError, match=r"starts with 0\.1\.0: write `## From 0.2.0`"):
        notes.checked_upgrade(UPGRADE, "0.2.0")
    with pytest.raises(notes.ReleaseError, match="has no section"):
        notes.checked_upgrade("# Upgrading\n", "0.1.0")
