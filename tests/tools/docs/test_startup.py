"""The page on start-up times."""

from tools.docs.startup import MODELS, PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


def test_it_has_twenty_different_models() -> None:
    assert len({model for model, _, _ in MODELS}) == len(MODELS) == 20
