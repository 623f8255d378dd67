"""Numbers and switches of every settings model, as YAML, JSON and Pulumi's configuration give them."""

from typing import Any, get_args

import pytest
from pydantic import Field, ValidationError

from settings.models.plain_values import StrictModel
from settings.models.stack import PlatformSettings, TeamSettings
from settings.validation.kinds import KINDS


class Model(StrictModel):
    whole: int = 1
    number: float = 1.0
    switch: bool = False
    maybe: int | None = None
    many: tuple[int, ...] = ()
    named: dict[str, float] = Field(default_factory=dict)
    text: str = ""


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"whole": "8"}, 8),
        ({"whole": " 8 "}, 8),
        ({"whole": 8.0}, 8),
        ({"number": "0.9"}, 0.9),
        ({"number": "1e-2"}, 0.01),
        ({"number": ".5"}, 0.5),
        ({"number": 3}, 3.0),
        ({"switch": "true"}, True),
        ({"switch": "false"}, False),
        ({"maybe": "3"}, 3),
        ({"maybe": None}, None),
        ({"many": ["1", 2]}, (1, 2)),
        ({"named": {"a": "1.5"}}, {"a": 1.5}),
        ({"text": "8"}, "8"),
    ],
)
def test_text_is_read_as_the_kind_of_the_setting(given: dict[str, Any], read: object) -> None:
    (name,) = given
    assert getattr(Model.model_validate(given), name) == read


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        ({"whole": True}, ("whole",), "is true, a switch: write a whole number"),
        ({"number": False}, ("number",), "is false, a switch: write a number"),
        ({"maybe": True}, ("maybe",), "is true, a switch"),
        ({"many": [1, True]}, ("many", 1), "is true, a switch"),
        ({"named": {"a": True}}, ("named", "a"), "is true, a switch"),
        ({"whole": "٨"}, ("whole",), "is '٨': write a whole number"),
        ({"whole": "8.0"}, ("whole",), "write a whole number"),
        ({"whole": "1_000"}, ("whole",), "write a whole number"),
        ({"whole": "9" * 5000}, ("whole",), r"\(5,002 characters\): write a whole number"),
        ({"whole": 10**5000}, ("whole",), "is a number of about 5,000 digits"),
        ({"number": 10**400}, ("number",), "is a number of about 400 digits"),
        ({"number": float("nan")}, ("number",), "is nan"),
        ({"number": float("-inf")}, ("number",), "is -inf"),
        ({"number": "inf"}, ("number",), "is 'inf': write a number"),
        ({"number": "1e99999"}, ("number",), "is '1e99999': write a number"),
        ({"number": "1e999"}, ("number",), "is inf"),
        ({"switch": 1}, ("switch",), "is 1: write true or false"),
        ({"switch": "yes"}, ("switch",), "is 'yes': write true or false"),
        ({"switch": None}, ("switch",), "is null: write true or false"),
    ],
    ids=range(19),
)
def test_other_kinds_are_refused_where_they_are(given: dict[str, Any], where: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        Model.model_validate(given)
    (detail,) = caught.value.errors()
    assert detail["loc"][: len(where)] == where


def _models(model: Any) -> set[type[StrictModel]]:
    found = {model}
    for field in model.model_fields.values():
        waiting = [field.annotation, *field.metadata]
        while waiting:
            one = waiting.pop()
            if isinstance(one, type) and issubclass(one, StrictModel):
                found |= _models(one)
            waiting.extend(get_args(one))
    return found


def test_every_settings_model_reads_strictly() -> None:
    """A number that is true is refused in every model; where it is depends on the model alone."""
    roots = [PlatformSettings, TeamSettings, *(kind.settings for kind in KINDS.values())]
    for model in set().union(*map(_models, roots)):
        for name, field in model.model_fields.items():
            kinds = {field.annotation, *get_args(field.annotation)}
            if bool not in kinds and kinds & {int, float}:
                with pytest.raises(ValidationError) as caught:
                    model.model_validate({name: True})
                messages = [one["msg"] for one in caught.value.errors() if one["loc"][0] == name]
                assert any("is true, a switch" in one for one in messages), (model, name, messages)


def test_the_schema_still_names_the_kinds() -> None:
    properties = Model.model_json_schema()["properties"]
    assert [properties[name]["type"] for name in ("whole", "number", "switch")] == ["integer", "number", "boolean"]
