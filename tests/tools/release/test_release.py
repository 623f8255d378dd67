"""`make release` prepares files, all or none."""

import pytest

from tools.release import __main__ as release
from tools.release import notes


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    texts = {
        "MODULE": 'VERSION = "0.1.0"\n',
        "CHANGELOG": "## [Unreleased]\n\n- New.\n",
        "UPGRADE": "## From 0.1.0\n\n- x\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(release, name, tmp_path / name)
    return lambda: [(tmp_path / name).read_text() for name in texts]


def test_a_release_changes_three_files_once(checkout):
    release.prepare("0.2.0")
    module, changelog, upgrade = after = checkout()
    assert (notes.current(module), notes.notes_of(changelog, "0.2.0")) == ("0.2.0", "- New.")
    assert upgrade.startswith("## From 0.2.0\n")
    release.prepare("0.2.0")
    assert checkout() == after


def test_a_release_that_cannot_be_made_changes_nothing(checkout):
    release.UPGRADE.write_text("## From 0.0.1\n")
    before = checkout()
    with pytest.raises(notes.ReleaseError, match=r"UPGRADE\.md starts with 0\.0\.1"):
        release.prepare("0.2.0")
    assert checkout() == before
