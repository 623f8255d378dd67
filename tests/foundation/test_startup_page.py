"""The page on start-up times."""

from foundation.startup_page import MODELS, PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `python -m foundation.startup_page`"


def test_it_has_twenty_different_models() -> None:
    assert len({model for model, _, _ in MODELS}) == len(MODELS) == 20
