"""Headers of a long list in parts: how many there are, and where the next ones are."""

from typing import Any, Final, TypeVar

from fastapi import Request, Response

from portal.operations.listing import Listed

_T = TypeVar("_T")
_HEADER: Final = "X-Total-Count"
TOTAL: Final[dict[int | str, dict[str, Any]]] = {
    200: {"headers": {_HEADER: {"description": "Rows of the whole list.", "schema": {"type": "integer", "minimum": 0}}}}
}
"""For the document: what the answer with a part of a list has beside it."""


def part_of(listed: Listed[_T], request: Request, response: Response) -> list[_T]:
    """Return the rows, with the headers X-Total-Count and, where older ones follow, Link (RFC 8288)."""
    response.headers[_HEADER] = str(listed.total)
    if listed.older is not None:
        url = request.url.include_query_params(before=listed.older)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return listed.rows
