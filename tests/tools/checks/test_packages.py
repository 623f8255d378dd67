"""Every list of the top-level packages has all of them."""

import pytest

from tools.checks import packages


def test_every_list_has_every_package():
    assert list(packages.complaints()) == []
    assert {"components", "workspace"} <= packages.lists()["Makefile: PACKAGES"]


@pytest.mark.parametrize("place", list(packages.lists()))
def test_a_forgotten_and_a_removed_package_are_found(monkeypatch: pytest.MonkeyPatch, place: str):
    changed = {name: set(names) for name, names in packages.lists().items()}
    changed[place].symmetric_difference_update({"components", "gone"})
    monkeypatch.setattr(packages, "lists", lambda: changed)
    assert list(packages.complaints()) == [
        f"{place}: lacks components: add it",
        f"{place}: there is no package gone: remove it",
    ]
