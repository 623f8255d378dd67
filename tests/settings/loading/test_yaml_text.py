"""YAML of stack files: kinds of plain values, and faults as one line."""

from pathlib import Path
from typing import Any

import pytest

from settings.loading.stack_file import StackFileError, read_settings
from settings.loading.yaml_text import YamlTextError, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("1:30", "1:30"),
        ("2026-11-26", "2026-11-26"),
        ("2026-13-45", "2026-13-45"),
        ("1e3", 1000.0),
        ("1.5e+3", 1500.0),
        ("0x10", 16),
        ("010", 8),
        ("0o10", 8),
        ("08", 8.0),  # no octal number, so yaml.v3 reads a decimal one (yamlStyleFloat in its resolve.go)
        ("012345678901", 12345678901.0),
        ("0_9", 9.0),
        ("1_000", 1000),
        ("-5", -5),
        ("0.90", 0.9),
        (".inf", float("inf")),
        ("~", None),
        ("null", None),
        ("", None),
        ('"8"', "8"),
        ("١٢", "١٢"),
        ("v0.32.0", "v0.32.0"),
        ("1.35.0", "1.35.0"),
    ],
)
def test_plain_values_as_pulumi_reads_them(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}\n") == {"a": value}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' stands twice"),
        ("a:\n  b: 1\n  'b': 2\n", "line 3: the key 'b' stands twice"),
        ("a: {b: 1, b: 2}\n", "line 1: the key 'b' stands twice"),
        ("a:\n\tb: 1\n", "line 2: is not YAML: a tab indents it, write spaces"),
        ("x: 1\na: [1, 2\nb: 3\n", "line 2: is not YAML: what begins here with [ has no ]"),
        ("x: 1\na: {b: 2\nc: 3\n", "line 2: is not YAML: what begins here with { has no }"),
        ("a: b: c\n", "line 1: is not YAML: a colon is one too many, or the line is indented otherwise"),
        ("a:\n  b: 1\n   c: 2\n", "line 3: is not YAML: a colon is one too many, or the line is indented otherwise"),
        ("a:\n  b: 1\n c: 2\n", "line 3: is not YAML: fits no block above: align it"),
        (
            'a: "1.35\nb: "2"\n',
            "is not YAML: fits no block above: align it with the other keys of its block, and close quotes",
        ),
        ("a: 1\nmax_model_len 8192\nb: 2\n", "line 2: is not YAML: has no `KEY: VALUE`: write a colon and a space"),
        ("a: 1\nb:2\nc: 3\n", "line 2: is not YAML: has no `KEY: VALUE`: write a colon and a space"),
        (
            "a: 1\nb:\u00a02\nc: 3\n",
            "line 2: is not YAML: has a space that is none of YAML (U+00A0): write an ordinary one",
        ),
        ("a: @small\n", "line 1: is not YAML: no value begins with @: put the value in quotes"),
        ("a: %x\n", "line 1: is not YAML: no value begins with %: put the value in quotes"),
        (
            "a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x\n",
            "line 2: is not YAML: a merge conflict of Git is not resolved",
        ),
        ("a: 'open\n", "is not YAML"),
        ("a: 1\nb: \0\n", "line 2: is not YAML: character 0x0 cannot be in it"),
        ("a: \x1b[31m\n", "line 1: is not YAML: character 0x1b cannot be in it"),
        ("a: !!int many\n", "line 1: the value is not of type int"),
        ("a: !!bool maybe\n", "line 1: the value is not of type bool"),
        ("a: !!timestamp soon\n", "line 1: the value is not of type timestamp"),
        ("a: !!float ''\n", "line 1: the value is not of type float"),
        ("a: !!python/object/apply:os.system [ls]\n", "line 1: has a tag (!NAME) that a stack file cannot have"),
        ("a: !mine x\n", "line 1: has a tag (!NAME) that a stack file cannot have: write the plain value"),
        ("a: *nowhere\n", "line 1: the alias *nowhere has no anchor: write &nowhere before the value"),
        ("? [a]\n: b\n", "line 1: is not YAML"),
        ("a: 1\n---\nb: 2\n", "line 2: a second document begins: a stack file is one"),
        (f"a: {'9' * 5000}\n", "line 1: the value is not of type int"),
        (f"{'x' * 900}: 1\n{'x' * 900}: 2\n", "line 2: the key 'xxx"),
    ],
)
def test_a_fault_is_one_short_line_with_its_place(text: str, message: str) -> None:
    with pytest.raises(YamlTextError) as caught:
        read_yaml(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_aliases_do_not_multiply() -> None:
    levels = "\n".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]" for n in range(1, 12))
    with pytest.raises(YamlTextError, match=r"aliases .* make more than 100,000 values"):
        read_yaml(f"k0: &k0 [1]\n{levels}\n")


def test_merged_keys_may_be_stated_again() -> None:
    assert read_yaml("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n")["b"] == {"x": 2}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfec\x00", "is not UTF-8 text"),
        (b"config:\n  llm-platform:owner: \xe9\n", "is not UTF-8 text"),
        (b"", "has no `config:`"),
        (b"[]", "has no `config:`"),
        (b"config: 5\n", "has no `config:`"),
        (
            b"config:\n  llm-platform:owner: a\n  llm-platform:owner: b\n",
            "line 3: the key 'llm-platform:owner' stands twice",
        ),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "Pulumi.mine.yaml"
    path.write_bytes(content)
    with pytest.raises(StackFileError) as caught:
        read_settings(path)
    assert str(caught.value).startswith("Pulumi.mine.yaml")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'9' ", 9),
        (f"'{'9' * 5000}'", "9" * 5000),
        (f"'{'[' * 100_000}'", "[" * 100_000),
        ("yes", "yes"),
        ("1e3", 1000.0),
    ],
)
def test_top_level_settings(tmp_path: Path, text: str, value: Any) -> None:
    path = tmp_path / "Pulumi.mine.yaml"
    path.write_text(f"\ufeffconfig:\n  llm-platform:protect: {text}\n")
    assert read_settings(path)["protect"] == value
