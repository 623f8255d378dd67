"""Every generated page is current, and `make docs` writes those that are not."""

from pathlib import Path

import pytest

from tools.docs import pages
from tools.files import ROOT


@pytest.mark.parametrize("path", pages.PAGES, ids=str)
def test_a_page_is_current(path):
    assert path not in pages.outdated([path]), "run `make docs`"


def test_a_page_that_is_behind_is_listed_and_written(tmp_path, monkeypatch):
    settings = Path("docs/settings.md")
    (tmp_path / "docs").mkdir()
    (tmp_path / settings).write_text("old")
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    assert pages.outdated([settings]) == [settings]
    assert pages.write([settings]) == [settings]
    assert (tmp_path / settings).read_text() == (ROOT / settings).read_text()
    assert pages.write([settings]) == []
