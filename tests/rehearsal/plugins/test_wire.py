"""Values to the wire and back, and secrets that stay secret."""

import pytest

from rehearsal.plugins.wire import (
    UNKNOWN,
    Asset,
    Output,
    Reference,
    Secret,
    contains_secret,
    contains_unknown,
    decode,
    encode,
    keep_secrets,
    unwrap,
)

VALUES = {
    "null": None,
    "bool": True,
    "int": 3,
    "big": 2**40,
    "float": 0.5,
    "text": "a",
    "empty": [],
    "none": {},
    "list": [1, "b", None, [2]],
    "map": {"a": {"b": [False]}},
    "unknown": UNKNOWN,
    "secret": Secret({"a": Secret(1)}),
    "output": Output(value=1, secret=True, dependencies=("urn:a", "urn:b")),
    "later": Output(),
    "component": Reference(urn="urn:c"),
    "resource": Reference(urn="urn:r", id="vpc-1", package_version="7.51.1"),
    "asset": Asset(archive=False, fields={"text": "x"}),
    "archive": Asset(archive=True, fields={"assets": {"a": Asset(archive=False, fields={"path": "/p"})}}),
}


@pytest.mark.parametrize("name", VALUES)
def test_round_trip(name):
    assert decode(encode({"x": VALUES[name]})) == {"x": VALUES[name]}


def test_integral_numbers_are_integers():
    assert type(decode(encode({"x": 3.0}))["x"]) is int
    assert type(decode(encode({"x": True}))["x"]) is bool


def test_keys_come_in_order_whatever_the_wire_s():
    names = [f"key{number}" for number in range(40)]
    decoded = decode(encode({name: {"inner": dict.fromkeys(reversed(names), 1)} for name in reversed(names)}))
    assert list(decoded) == sorted(names)
    assert list(decoded["key0"]["inner"]) == sorted(names)


def test_an_unknown_id_of_a_reference():
    assert decode(encode({"x": Reference(urn="urn:r", id="")}))["x"].id is UNKNOWN
    assert decode(encode({"x": Reference(urn="urn:r", id=UNKNOWN)}))["x"].id is UNKNOWN


def test_what_is_inside():
    assert contains_unknown({"a": [Secret(UNKNOWN)]})
    assert contains_unknown(Output())
    assert not contains_unknown({"a": [1]})
    assert contains_secret([{"a": Secret(1)}])
    assert contains_secret(Output(value=1, secret=True))
    assert not contains_secret({"a": Output(value=1)})
    assert unwrap({"a": [Secret(Output(value=Secret(1)))], "b": UNKNOWN}) == {"a": [1], "b": UNKNOWN}


def test_a_secret_prints_without_its_content():
    assert "hush" not in repr(Secret("hush"))


@pytest.mark.parametrize(
    ("result", "source", "kept"),
    [
        ({"a": 1, "b": 2}, {"a": Secret(1), "b": 2}, {"a": Secret(1), "b": 2}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": Secret(1)}}, {"a": {"x": Secret(1), "y": 2}}),
        ({"a": [1, 2]}, {"a": [1, Secret(2)]}, {"a": [1, Secret(2)]}),
        ({"a": [1]}, {"a": [1, Secret(2)]}, {"a": Secret([1])}),
        ({"a": "text"}, {"a": {"x": Secret(1)}}, {"a": Secret("text")}),
        ({"a": Secret(1)}, {"a": Secret(1)}, {"a": Secret(1)}),
        ({"b": 1}, {"a": Secret(1)}, {"b": 1}),
        ({"a": 1}, {"a": Output(value=1, secret=True)}, {"a": Secret(1)}),
    ],
)
def test_keep_secrets(result, source, kept):
    assert keep_secrets(result, source) == kept


def test_an_unknown_signature_is_told():
    with pytest.raises(ValueError, match="unknown signature what"):
        decode(encode({"x": {"4dabf18193072939515e22adb298388d": "what"}}))
