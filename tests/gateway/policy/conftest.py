import pytest

from tests.gateway.support.table import TableServer


@pytest.fixture
def table(tmp_path):
    with TableServer(tmp_path) as server:
        yield server
