"""One request and its answer, out of the pieces that Envoy sends; a record when both are whole, or have ended otherwise."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from envoy.service.ext_proc.v3.external_processor_pb2 import HttpHeaders, ProcessingRequest

from gateway.envoy.contract import EMBEDDINGS_PATH, RESPONSE_LOG_HEADER
from gateway.policy import metrics
from gateway.policy.responses.events import Events
from gateway.policy.responses.redaction import MARGIN, Redactor, bounded
from gateway.policy.services import Catalog, ResponseLogs

MOST_MESSAGE_BYTES = 1 << 20
"""Longest piece that is read, and longest answer that is no stream: of a longer one only the length is logged."""
MOST_HELD_BYTES = 32 << 20
"""What all requests under way have in memory."""
MOST_RECORD_BYTES = 1_000 * 1024
"""Longest record that Firehose takes (https://docs.aws.amazon.com/firehose/latest/dev/limits.html)."""

_log = logging.getLogger(__name__)

Write = Callable[[str, bytes], None]
"""Takes a record, a line of JSON, and the service's public name."""


class Held:
    """Bytes in memory, of all requests under way."""

    def __init__(self, most: int = MOST_HELD_BYTES) -> None:
        self._most, self._bytes = most, 0

    def take(self, count: int) -> bool:
        """Take so many more; whether there is room."""
        if self._bytes + count > self._most:
            return False
        self._bytes += count
        return True

    def give(self, count: int) -> None:
        """Give so many back."""
        self._bytes -= count


class Exchange:
    """A call of Envoy's filter: the messages of one request."""

    def __init__(self, catalog: Catalog, held: Held, write: Write) -> None:
        """Look up the service's consent in `catalog`, which may have changed since; `write` the record."""
        self._catalog, self._held_all, self._write = catalog, held, write
        self._consent: ResponseLogs | None = None
        self._ended = self._streamed = self._complete = False
        self._held = 0
        self._fields: dict[str, Any] = {}
        self._path = ""
        self._request, self._answer = bytearray(), bytearray()
        self._request_bytes = self._answer_bytes = 0
        self._request_lost = self._answer_lost = False
        self._events: Events | None = None

    def message(self, message: bytes) -> bool:
        """Take a `ProcessingRequest`; whether it was the last one that is wanted."""
        if not self._ended:
            try:
                self._take_message(message)
            except Exception as error:  # noqa: BLE001 - other calls of the connection must not end with this one
                self._fail(error)
        return self._ended

    def _take_message(self, message: bytes) -> None:
        found = ProcessingRequest.FromString(message)
        match found.WhichOneof("request"):
            case "request_headers":
                self._begin(_headers(found.request_headers))
            case "request_body":
                self._request_bytes += len(found.request_body.body)
                self._keep(self._request, found.request_body.body)
            case "response_headers":
                self._answered(_headers(found.response_headers))
                self._complete = found.response_headers.end_of_stream
            case "response_body":
                self._take(found.response_body.body)
                self._complete = found.response_body.end_of_stream
        if self._consent is None or self._complete:
            self.end()

    def oversized(self, count: int) -> None:
        """Learn of a piece that was too long: of a request before its answer began, else of the answer."""
        if "status" in self._fields:
            self._answer_bytes += count
            self._answer_lost = True
        else:
            self._request_bytes += count
            self._request_lost = True

    def end(self) -> None:
        """Write the record, once."""
        if self._ended:
            return
        self._ended = True
        try:
            if self._consent is not None:
                self._write_record(self._consent)
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)
        finally:
            self._held_all.give(self._held)
            self._request, self._answer, self._events = bytearray(), bytearray(), None

    def _fail(self, error: Exception) -> None:
        """Drop the record, and end."""
        # Its text may have some of the prompt.
        _log.error("a response is not logged: %s", type(error).__name__)
        metrics.RESPONSES_DROPPED.labels("error").inc()
        self._consent = None
        self.end()

    def _begin(self, headers: dict[str, str]) -> None:
        tenant, team, model = json.loads(headers[RESPONSE_LOG_HEADER])
        service = self._catalog.find(model)
        consent = service.response_logs if service else None
        # It may have been withdrawn since the policy decided.
        self._consent = consent if consent and tenant in consent.tenants else None
        self._path = headers.get(":path", "").partition("?")[0]
        self._fields = {
            "time": _now(),
            "request_id": headers.get("x-request-id", ""),
            "tenant": tenant,
            "team": team,
            "model": model,
            "path": self._path,
        }

    def _answered(self, headers: dict[str, str]) -> None:
        status = headers.get(":status", "")
        self._fields["status"] = int(status) if status.isdecimal() else 0
        self._streamed = headers.get("content-type", "").startswith("text/event-stream")
        if self._streamed and self._consent:
            self._events = Events(self._consent.max_bytes + 2 * MARGIN)

    def _take(self, body: bytes) -> None:
        self._answer_bytes += len(body)
        if self._events is not None:
            self._events.take(body)
        elif self._path != EMBEDDINGS_PATH:
            self._keep(self._answer, body)

    def _keep(self, where: bytearray, body: bytes) -> None:
        if self._consent is None:
            return
        if len(where) + len(body) > MOST_MESSAGE_BYTES:
            lost = self._request_lost if where is self._request else self._answer_lost
            if not lost:
                self.oversized(0)
            return
        if not self._held_all.take(len(body)):
            metrics.RESPONSES_DROPPED.labels("memory").inc()
            self._consent = None
            return
        self._held += len(body)
        where += body

    def _write_record(self, consent: ResponseLogs) -> None:
        asked = None if self._request_lost else _parsed(self._request)
        if self._events is not None:
            answered, cut = self._events.answer(), self._events.cut
        else:
            answered, cut = None if self._answer_lost else _parsed(self._answer), self._answer_lost
        request = _text(asked, consent)
        response = _text(answered, consent)
        record = {
            **self._fields,
            "consent": consent.consent,
            "stream": self._streamed,
            "complete": self._complete,
            "request": request[0],
            "request_bytes": self._request_bytes,
            "request_truncated": request[1] or self._request_lost,
            "response": response[0],
            "response_bytes": self._answer_bytes,
            "response_truncated": response[1] or cut,
            "redactions": request[2] + response[2],
        }
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        if len(line) > MOST_RECORD_BYTES:
            metrics.RESPONSES_DROPPED.labels("size").inc()
            return
        self._write(self._fields["model"], line)


def _text(value: Any, consent: ResponseLogs) -> tuple[str | None, bool, int]:
    """A value of JSON as the text of the record, whether something is missing, and how much was redacted."""
    if value is None:
        return None, False, 0
    redactor = Redactor(consent.redact, consent.max_bytes)
    made = redactor.value(value)
    whole = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    text, cut = bounded(whole, consent.max_bytes)
    return text, cut or redactor.cut, redactor.count


def _parsed(body: bytearray) -> Any:
    """A body as JSON; one that is not is a text. None where there is none."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _headers(found: HttpHeaders) -> dict[str, str]:
    return {each.key: each.value or each.raw_value.decode("utf-8", "replace") for each in found.headers.headers}


def _now() -> str:
    return datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
