from collections.abc import Iterator

import pytest

from tests.gateway.support.stack import Stack


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[Stack]:
    """One stack for the tests of a module that leave it as they found it."""
    with Stack(tmp_path_factory.mktemp("stack"), {"dev/qwen": 1}) as stack:
        yield stack
