"""The tables that ship with the planner, in ``planner/data``."""

import json
from importlib import resources
from typing import Any


def read_table(name: str) -> dict[str, Any]:
    """The contents of a JSON file of ``planner/data``, read at each call: callers keep what they make of it.

    Args:
        name: the file's name, such as ``gpus.json``.

    Raises:
        FileNotFoundError: there is no such file.
    """
    table: dict[str, Any] = json.loads(resources.files("planner").joinpath("data", name).read_text(encoding="utf-8"))
    return table
