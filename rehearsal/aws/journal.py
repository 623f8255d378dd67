"""Journal of the requests that changed a moto server, one a line, so that a new process can repeat them.

moto keeps everything in memory. Each request that may change it is written here before it is executed, with the seed
that moto's random numbers start from; executing the lines again in order gives the same resources with the same ids.
"""

import base64
import io
import json
import logging
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)
_PLAIN = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "RAW_URI", "REQUEST_URI", "SCRIPT_NAME")
_READ_VERBS = ("Describe", "Get", "List", "Head", "Lookup", "Search", "Query", "Scan", "Simulate", "BatchGet")

_QUEUE_READS = frozenset({"ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "ChangeMessageVisibility"})

Environ = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request as WSGI describes it, with the seed it was executed under."""

    environ: Environ
    body: bytes
    seed: int = field(default_factory=lambda: random.SystemRandom().getrandbits(63))

    @classmethod
    def take(cls, environ: Environ) -> "Request":
        """Read a request from the server; its body is then consumed from ``environ``."""
        kept = {key: environ[key] for key in _PLAIN if key in environ}
        # Headers, and what moto's own request handler leaves for it: plain strings and maps of them.
        kept |= {key: value for key, value in environ.items() if key.startswith(("HTTP_", "moto"))}
        stream = environ["wsgi.input"]
        chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        body = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
        kept.pop("HTTP_TRANSFER_ENCODING", None)
        return cls(kept, body)

    def replayed(self) -> Environ:
        """The request as a WSGI environment, as often as needed."""
        return {
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.errors": io.StringIO(),
            **self.environ,
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.input": io.BytesIO(self.body),
        }

    @property
    def operation(self) -> str:
        """The name of the AWS operation, empty for services that name it by method and path."""
        target = self.environ.get("HTTP_X_AMZ_TARGET", "")
        if target:
            return str(target.rpartition(".")[2])
        if str(self.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
            for pair in self.body.split(b"&"):
                if pair.startswith(b"Action="):
                    return pair[len(b"Action=") :].decode()
        return ""

    @property
    def changes_nothing(self) -> bool:
        """Return whether the request only reads."""
        return self.environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"} or self.operation.startswith(_READ_VERBS)

    @property
    def journaled(self) -> bool:
        """Return whether the request must be repeated by a new process.

        Receiving and deleting the messages of a queue need not be: a message may come again, as in AWS.
        """
        if self.operation in _QUEUE_READS or b"DryRun=true" in self.body:
            return False
        return not self.changes_nothing

    @property
    def scope(self) -> tuple[str, str]:
        """Service and region that the request is signed for; empty strings if it is not signed."""
        for part in self.environ.get("HTTP_AUTHORIZATION", "").replace(",", " ").split():
            if part.startswith("Credential="):
                fields = part.split("/")
                if len(fields) == 5:
                    return fields[3], fields[2]
        return "", ""


class Journal:
    """The file of requests; one writer at a time (the server holds its lock)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._drop_torn_line()
        self._file = path.open("ab")

    def _drop_torn_line(self) -> None:
        if not self._path.exists():
            return
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            # The process was killed while it wrote: the request was never executed, no client got a response.
            _log.warning("%s: dropped a last line that was cut off", self._path)
            with self._path.open("rb+") as stream:
                stream.truncate(whole)

    def __iter__(self) -> Iterator[Request]:
        """Every request, oldest first."""
        with self._path.open("rb") as stream:
            for line in stream:
                record = json.loads(line)
                yield Request(record["environ"], base64.b64decode(record["body"]), record["seed"])

    def append(self, request: Request) -> None:
        """Write a request; when this returns, a killed process cannot lose it any more."""
        body = base64.b64encode(request.body).decode()
        record = {"environ": request.environ, "body": body, "seed": request.seed}
        self._file.write(json.dumps(record).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def clear(self) -> None:
        """Forget every request."""
        self._file.truncate(0)
        self._file.flush()
