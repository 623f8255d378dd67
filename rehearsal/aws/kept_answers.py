"""Answers that never change and take moto seconds, kept in files: EC2's instance types and their offerings."""

import base64
import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from rehearsal.aws.journal import Request
from rehearsal.aws.moto_response import MotoResponse
from workspace.files import write_atomically

_KEPT = frozenset({"DescribeInstanceTypes", "DescribeInstanceTypeOfferings"})


class KeptAnswers:
    """The answers of one server, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, MotoResponse] = {}

    def find(self, request: Request) -> MotoResponse | None:
        """Return the kept answer of a request; None if it has none."""
        key = _key(request)
        if key and key not in self._answers and (file := self._folder / key).exists():
            data = json.loads(file.read_text(encoding="utf-8"))
            headers = [(name, value) for name, value in data["headers"]]
            self._answers[key] = MotoResponse(data["status"], headers, base64.b64decode(data["body"]))
        return self._answers.get(key)

    def keep(self, request: Request, answer: MotoResponse) -> None:
        """Keep the answer of a request, if it is one that never changes and was granted."""
        key = _key(request)
        if not key or not answer.good:
            return
        self._answers[key] = answer
        self._folder.mkdir(parents=True, exist_ok=True)
        body = base64.b64encode(answer.body).decode()
        content = {"status": answer.status, "headers": answer.headers, "body": body}
        write_atomically(self._folder / key, json.dumps(content))


def _key(request: Request) -> str:
    if request.operation not in _KEPT:
        return ""
    pairs = sorted(request.body.split(b"&"))
    return hashlib.sha256(b"&".join([version("moto").encode(), request.scope[1].encode(), *pairs])).hexdigest()
