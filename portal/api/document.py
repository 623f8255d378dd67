"""The OpenAPI document: what FastAPI cannot see, which is the refusals, the token, the events and the probes."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from portal.api.idempotency import HEADER, LONGEST

Node = dict[str, Any]
_API: Final = "/api/v1"
_TEXT: Final = {"type": "string"}
_DETAIL: Final = {"$ref": "#/components/schemas/Problem"}
_WRITING: Final = frozenset({"post", "put", "patch", "delete"})
_METHODS: Final = _WRITING | {"get"}
_REFUSALS: Final[Mapping[int, str]] = {
    400: "The request cannot be read: a NUL character, a body that broke off, a host that is not the portal's.",
    401: "No one is signed in, or the token is not valid any more.",
    403: "You may not do this.",
    404: "There is no such thing, or it is another team's.",
    409: "It cannot be done now: something else happened first.",
    422: "The request makes no sense; `problems` has a line for each mistake.",
    429: "Too many requests; try again after the seconds in Retry-After.",
    500: "The portal failed; its log says why.",
    503: "The database does not answer; try again after the seconds in Retry-After.",
}
_WRITE_REFUSALS: Final[Mapping[int, str]] = {
    413: "The body is larger than any request of the portal.",
    415: "The body is not JSON.",
}
_RETRY_AFTER: Final[Node] = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
}
_HEADERS: Final[Mapping[int, Node]] = {
    401: {"WWW-Authenticate": {"description": "How to sign in.", "schema": _TEXT}},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}
EVENTS: Final[Mapping[str, str]] = {
    "resource": "op, type and name of a resource, and phase: begin, done or failed",
    "message": "severity, resource and text of a message of Pulumi's",
    "policy": "policy, level, resource and message of a guardrail's finding",
    "summary": "changes, resources by operation, and seconds that it took",
    "note": "text of the portal's own",
    "end": "status and error of the job; the last event. Status closed: you may no longer see it",
}
"""Kinds of events in a job's stream, with what their data has."""


class Problem(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    detail: str
    """One line with the fix."""
    problems: list[str] = []
    """A line for each mistake; left out where there is only ``detail``."""


def operation_id(route: APIRoute) -> str:
    """Return the operation id, which names it in generated clients: the name of its function here."""
    return route.name


def install(app: FastAPI) -> None:
    """Have ``app`` answer /openapi.json with the whole document."""

    def document() -> Node:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    # FastAPI's own way to extend the document.
    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> Node:
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = made["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    made["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token of yours, made on the page Tokens."}
    }
    for path, method, operation in _operations(made):
        if path.startswith(_API):
            _of_api(operation, method)
    _events(made["paths"][f"{_API}/jobs/{{job_id}}/events"]["get"])
    _probes(made["paths"])
    return made


def _operations(made: Node) -> Iterator[tuple[str, str, Node]]:
    for path, item in made["paths"].items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _of_api(operation: Node, method: str) -> None:
    operation["security"] = [{"bearer": []}]
    refusals = {**_REFUSALS, **(_WRITE_REFUSALS if method in _WRITING else {})}
    for status, why in sorted(refusals.items()):
        operation["responses"][str(status)] = _refusal(status, why)
    if method in _WRITING:
        operation.setdefault("parameters", []).append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
                "description": f"A request that is sent again with the same {HEADER} within a day is done once.",
            }
        )


def _refusal(status: int, why: str) -> Node:
    content: Node = {"application/json": {"schema": _DETAIL}}
    if status == 400:
        content["text/plain"] = {"schema": _TEXT}  # for another host's name, before anything else is looked at
    found: Node = {"description": why, "content": content}
    return found | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def _events(operation: Node) -> None:
    kinds = "\n".join(f"- `{kind}`: {data}" for kind, data in EVENTS.items())
    operation["responses"]["200"] = {
        "description": f"Server-sent events, each with an id, a kind (`event`) and JSON (`data`):\n\n{kinds}",
        "content": {"text/event-stream": {"schema": _TEXT, "x-event-kinds": dict(EVENTS)}},
    }


def _probes(paths: Node) -> None:
    status = {"type": "object", "required": ["status"], "properties": {"status": _TEXT}}
    told = {"type": "object", "additionalProperties": _TEXT}
    paths["/healthz"]["get"]["responses"] = {"200": _json("The process answers.", status)}
    paths["/readyz"]["get"]["responses"] = {
        "200": _json("It can work.", status),
        "503": _json("It cannot: what is wrong, by part.", told),
    }
    paths["/metrics"]["get"]["responses"] = {
        "200": {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": _TEXT}}},
        "503": _refusal(503, _REFUSALS[503]),
    }


def _json(description: str, schema: Node) -> Node:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
