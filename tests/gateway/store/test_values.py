from decimal import Decimal

import pytest

from gateway.store.values import item_from_api, item_to_api, text, to_api, whole


def test_values_of_an_item_survive() -> None:
    item = {"text": "x", "empty": "", "number": 12, "negative": -3, "decimal": Decimal("0.25"), "list": ("a", "b")}
    assert item_from_api(item_to_api(item)) == item


def test_a_number_has_no_exponent() -> None:
    assert to_api(Decimal("1E+3")) == {"N": "1000"}


@pytest.mark.parametrize("value", [True, None, 1.5, ["a"]])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_api(value)  # type: ignore[arg-type]


def test_what_an_item_lacks() -> None:
    assert text({}, "a") == ""
    assert whole({}, "a") == 0
    assert item_from_api({"a": {"BOOL": True}, "b": {"N": "1"}}) == {"b": 1}
