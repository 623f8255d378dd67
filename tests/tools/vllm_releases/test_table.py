"""The table of several releases."""

import json

import pytest

from tests.tools.vllm_releases.tree import source
from tools.vllm_releases.source import SourceError
from tools.vllm_releases.table import read_release, spans, table

OLD = source("0.9.2")
LATER = OLD.files["vllm/engine/arg_utils.py"].replace('"--share"', '"--part"').replace('["a", "b"]', '["b", "c"]')
NEW = source("0.10.2", arguments=LATER)


def test_an_option_and_a_value_have_the_releases_that_know_them() -> None:
    found = json.loads(table([read_release(NEW), read_release(OLD)]))
    assert found["releases"] == ["0.9.2", "0.10.2"]
    assert found["options"]["share"] == [{"in": "9", "kind": "value", "type": "float"}]
    assert found["options"]["part"] == [{"in": "10", "kind": "value", "type": "float"}]
    assert found["options"]["seqs"] == [{"in": "9-10", "kind": "value", "least": 1, "type": "int"}]
    assert found["options"]["quant"] == [{"also": ["-q"], "in": "9-10", "kind": "value", "only": True, "type": "str"}]
    assert found["values"]["quant"] == {"None": "9-10", "a": "9", "b": "9-10", "c": "10"}
    assert found["values"]["speculative-config.method"] == {"eagle": "9-10", "ngram": "9-10"}


def test_the_same_releases_make_the_same_text() -> None:
    both = [read_release(OLD), read_release(NEW)]
    assert table(both) == table(reversed(both))


def test_two_patches_of_one_release_are_refused() -> None:
    with pytest.raises(SourceError, match="one file for each minor release"):
        table([read_release(OLD), read_release(source("0.9.1"))])


@pytest.mark.parametrize(
    ("found", "minors", "text"),
    [
        ([8, 9, 10], [8, 9, 10], "8-10"),
        ([8, 10], [8, 9, 10], "8,10"),
        ([14, 16], [14, 16], "14-16"),
        ([8], [8, 9], "8"),
    ],
)
def test_ranges_skip_releases_that_were_not_read(found: list[int], minors: list[int], text: str) -> None:
    assert spans(found, minors) == text
