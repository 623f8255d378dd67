"""The committed JSON of the dashboards, with the place of the runbooks set."""

import json
from pathlib import Path

RUNBOOKS = "runbooks"
"""The dashboards' hidden variable with the folder or URL of the runbooks, without a slash at its end."""
_FOLDER = Path(__file__).parent / "json"


def committed(runbooks: str) -> dict[str, str]:
    """The JSON of each dashboard, by its name.

    Args:
        runbooks: Folder or URL of the runbooks, to which panels link.
    """
    return {path.stem: _linked(path, runbooks) for path in sorted(_FOLDER.glob("*.json"))}


def _linked(path: Path, runbooks: str) -> str:
    document = json.loads(path.read_text(encoding="utf-8"))
    for variable in document["templating"]["list"]:
        if variable["name"] == RUNBOOKS:
            variable["query"] = runbooks
            variable["current"] = {"selected": False, "text": runbooks, "value": runbooks}
    return json.dumps(document, sort_keys=True, ensure_ascii=False)
