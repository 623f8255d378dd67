"""A client that holds every answer of the API to the portal's own document."""

import re
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from jsonschema import Draft202012Validator

_made: list[dict[str, Any]] = []


class CheckedClient(TestClient):
    """Raises AssertionError for an answer that the document does not have."""

    document: dict[str, Any] | None = None
    """Another document than the portal's."""

    def request(self, method: str, url: Any, **options: Any) -> Response:
        answer = super().request(method, url, **options)
        hold(self.document or _of(self.app), method, answer)
        return answer


def _of(app: Any) -> dict[str, Any]:
    """The portal's document, made once: it takes a second, and is the same for every app."""
    if not _made:
        _made.append(app.openapi())
    return _made[0]


def hold(document: dict[str, Any], method: str, answer: Response) -> None:
    """Check status, content type, headers and body of an answer."""
    operation = _operation(document, method, answer.request.url.path)
    if operation is None:
        if answer.request.url.path.startswith("/api/") and method != "HEAD":
            _validate(document, {"$ref": "#/components/schemas/Problem"}, answer.json(), method, answer)
        return
    status = str(answer.status_code)
    where = f"{method} {answer.request.url.path}: {status}"
    assert status in operation["responses"], f"{where} is not in the document"
    said = operation["responses"][status]
    for name in said.get("headers", {}):
        assert name in answer.headers, f"{where} has no {name}"
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not said.get("content"):
        assert not answer.content, f"{where} has a body"
        return
    assert kind in said["content"], f"{where} is {kind}, the document says {list(said['content'])}"
    if kind == "application/json":
        _validate(document, said["content"][kind]["schema"], answer.json(), method, answer)


def _operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    for template, item in document["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in item:
            return item[method.lower()]
    return None


def _validate(document: dict[str, Any], schema: Any, body: Any, method: str, answer: Response) -> None:
    validator = Draft202012Validator({"components": document["components"], **schema})
    found = [error.message for error in validator.iter_errors(body)]
    assert found == [], f"{method} {answer.request.url.path}: {answer.status_code}: {found[:3]}"
