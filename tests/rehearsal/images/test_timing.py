"""The variables that decide how much time engines take."""

import pytest

from rehearsal.images import timing


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    monkeypatch.delenv(timing.ENGINES, raising=False)
    monkeypatch.delenv(timing.TIME_SCALE, raising=False)


def test_engines_are_quick_by_default():
    assert not timing.follows_public_figures()
    assert timing.time_scale() == 0.02
    assert timing.variables() == {}


def test_public_figures_with_one_factor(monkeypatch):
    monkeypatch.setenv(timing.ENGINES, timing.PUBLIC_FIGURES)
    monkeypatch.setenv(timing.TIME_SCALE, "0.5")
    assert timing.variables() == {timing.ENGINES: timing.PUBLIC_FIGURES, timing.TIME_SCALE: "0.5"}


@pytest.mark.parametrize("text", ["0", "-1", "2", "fast"])
def test_a_factor_that_is_none(monkeypatch, text):
    monkeypatch.setenv(timing.TIME_SCALE, text)
    with pytest.raises(timing.TimingError, match=f"{timing.TIME_SCALE}={text}: write a factor"):
        timing.time_scale()


def test_another_value_for_the_engines(monkeypatch):
    monkeypatch.setenv(timing.ENGINES, "slow")
    with pytest.raises(timing.TimingError, match="LLM_REHEARSAL_ENGINES=slow: write public-figures"):
        timing.variables()


def test_what_a_sandbox_has_is_known_elsewhere(monkeypatch, tmp_path):
    assert timing.kept(tmp_path) is None
    timing.keep(tmp_path)
    assert timing.kept(tmp_path) is None
    monkeypatch.setenv(timing.ENGINES, timing.PUBLIC_FIGURES)
    timing.keep(tmp_path)
    monkeypatch.delenv(timing.ENGINES)
    assert timing.kept(tmp_path) == 0.02
