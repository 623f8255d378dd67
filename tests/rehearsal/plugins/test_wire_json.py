"""Properties as JSON text."""

from rehearsal.plugins.wire import Asset
from rehearsal.plugins.wire_json import from_json, to_json


def test_assets_and_whole_numbers_come_back_as_they_were():
    properties = {
        "source": Asset(archive=False, fields={"path": "/cache/gateway.zip", "hash": "0a"}),
        "nested": [{"number": 3, "half": 0.5, "none": None, "yes": True}],
    }
    assert from_json(to_json(properties)) == properties
