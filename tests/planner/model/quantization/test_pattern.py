"""Regular expressions: the same as Python's, and never long."""

import re
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.model.quantization import UnreadableQuantizationError, of_checkpoint
from planner.model.quantization.pattern import Pattern

_ATOMS = ["a", "b", ".", r"\.", r"\d", r"\w", "[ab]", "[^a]", "(a|b)", "(?:ab|a)", "^", "$", r"\b", "(?=a)", "(?!b)"]
_REPEATS = ["", "", "*", "+", "?", "{2}", "{1,3}", "*?"]
_PIECES = st.lists(st.tuples(st.sampled_from([*_ATOMS, "(a*b)", "(?<=a)"]), st.sampled_from(_REPEATS)), max_size=5)


@given(pieces=_PIECES, around=st.sampled_from(["", "*", "+", "{2}"]), name=st.text("ab.1_", max_size=7))
@settings(max_examples=300, deadline=None)
def test_it_matches_as_python_does(pieces: list[tuple[str, str]], around: str, name: str) -> None:
    expression = "".join(atom + repeat for atom, repeat in pieces)
    expression = f"(({expression}){around})*{expression}" if around else expression
    try:
        python = re.compile(expression)
    except re.error:
        with pytest.raises(UnreadableQuantizationError):
            Pattern(expression, "ignore[0]")
    else:
        assert Pattern(expression, "ignore[0]").matches(name) is bool(python.match(name))


@pytest.mark.parametrize(
    "expression",
    [
        r"(a+)+$",
        r"((\w+\.?)+)+!",
        r"(.*)*(.*)*(.*)*!",
        r"(.*.*.*.*.*.*.*.*.*.*)x!",
        r"(.{1,60}){1,60}(.{1,60}){1,60}!",
        r"(?:(?:(?:.{0,1000}){0,1000}){0,1000}){0,1000}!",
        "(.?){50}" * 100,
        "a{1000000000}",
        "(" * 35 + "a*" + ")*" * 35,
    ],
    ids=lambda expression: expression[:30],
)
def test_no_expression_takes_long(expression: str) -> None:
    start = time.process_time()
    with suppress(UnreadableQuantizationError):
        Pattern(expression, "ignore[0]").matches("model.layers.10.self_attn.q_proj" * 2)
    # The time of one that goes back would have more digits than this file.
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    ("expression", "part_of_line"),
    [
        ("(((", "ignore[0] is not a regular expression: missing ), unterminated subpattern at position 2: '((('"),
        (r"(.)\1", "does not evaluate the groupref"),
        (r"\p{L}", "bad escape"),
        ("(" * 50 + ")" * 50, "nests more than 40 deep"),
    ],
    ids=["broken", "reference", "property", "nested"],
)
def test_expressions_that_are_refused(expression: str, part_of_line: str) -> None:
    with pytest.raises(UnreadableQuantizationError) as error:
        Pattern(expression, "ignore[0]")
    assert part_of_line in str(error.value)


@pytest.mark.thorough
def test_many_slow_expressions_stop_together() -> None:
    slow = [f"re:(.?){{{index}}}(.?){{50}}(.?){{50}}(.?){{50}}!" for index in range(3, 900)]
    found = of_checkpoint({"quant_method": "fp8", "ignored_layers": slow})
    start = time.process_time()
    with pytest.raises(UnreadableQuantizationError, match="take too long"):
        found.scheme("layers.0.self_attn.q_proj")
    assert time.process_time() - start < 30
