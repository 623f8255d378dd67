"""Properties as JSON text, with everything that Pulumi's wire format has, such as assets."""

import json

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct

from rehearsal.plugins.wire import Properties, decode, encode


def to_json(properties: Properties) -> str:
    """Return the text; the inverse of `from_json`."""
    return json.dumps(MessageToDict(encode(properties)))


def from_json(text: str) -> Properties:
    """Return the properties of a text."""
    return decode(ParseDict(json.loads(text), Struct()))
