"""Long polls of SQS: a receive that waits, as a wait of the server's and receives that do not."""

import json
from dataclasses import replace

from rehearsal.aws.journal import Request

_RECEIVE = "ReceiveMessage"


def without_wait(request: Request) -> tuple[Request, float]:
    """Return a request that does not wait, and the seconds that it may wait for a message; 0 for any other request."""
    if request.operation != _RECEIVE or not request.environ.get("HTTP_X_AMZ_TARGET"):
        return request, 0.0
    try:
        parameters = json.loads(request.body)
    except ValueError:
        return request, 0.0
    seconds = float(parameters.get("WaitTimeSeconds") or 0)
    return replace(request, body=json.dumps(parameters | {"WaitTimeSeconds": 0}).encode()), seconds


def has_messages(body: bytes) -> bool:
    """Return whether the answer to a receive has messages."""
    try:
        return bool(json.loads(body).get("Messages"))
    except ValueError:
        return False
