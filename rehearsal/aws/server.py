"""The moto server of a sandbox: ``python -m rehearsal.aws.server``.

moto's own WSGI application behind a middleware that executes one request at a time, writes what may change something
to the journal first, and answers a request that carries a known ``X-Rehearsal-Token`` from memory. A receive that waits
for messages of a queue waits without keeping other requests from being executed.
"""

# ruff: noqa: E402 - the environment and uuid4 must be set before moto is imported

import gc
import hashlib
import json
import logging
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from rehearsal.aws.journal import Environ, Journal, Request
from rehearsal.aws.kept_answers import KeptAnswers
from rehearsal.aws.moto_response import MotoResponse
from rehearsal.aws.polling import has_messages, without_wait
from rehearsal.network import listeners
from rehearsal.sandbox import ACCOUNT, Sandbox

# moto reads these when it is imported: without the first, attaching any of AWS's own policies fails.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_ACCOUNT_ID", ACCOUNT)

from moto.moto_api._internal import mock_random

# Some of moto's models take their ids from the standard library; the journal can only repeat what is seeded.
uuid.uuid4 = mock_random.uuid4
# Others draw one when they are imported, such as the issuer of every EKS cluster.
mock_random.seed("imports")
random.seed("imports")

from moto.backends import get_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from rehearsal.aws import moto_patches
from rehearsal.aws.karpenter import shortages

_TOKEN_KEY = "HTTP_X_REHEARSAL_TOKEN"  # noqa: S105 - the header's name, as WSGI spells it
_WARM = (("iam", "us-east-1"), ("ec2", "us-east-1"), ("sts", "us-east-1"))
_GLOBAL = ("iam", "sts", "s3", "route53", "cloudfront", "budgets")

_VISIBLE_AGAIN_SECONDS = 1.0

_log = logging.getLogger(__name__)
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class MotoServer:
    """moto with a journal; a WSGI application."""

    def __init__(self, journal: Journal, kept: KeptAnswers) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._journal = journal
        self._kept = kept
        # Held while a request is executed; waited on by receives of queues, which a request may have put messages in.
        self._turn = threading.Condition()
        self._answers: dict[str, MotoResponse] = {}
        self._touched: set[tuple[str, str]] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._handle(Request.take(environ))
        start_response(answer.status, answer.headers)
        return [answer.body]

    def replay(self) -> int:
        """Execute the requests of the journal and return their number."""
        for service, region in _WARM:
            self._touch(service, region)
        count = 0
        for request in self._journal:
            self._execute(request)
            count += 1
        return count

    def _handle(self, request: Request) -> MotoResponse:
        request, seconds = without_wait(request)
        if seconds:
            return self._poll(request, seconds)
        key = _idempotency_key(request)
        with self._turn:
            if key in self._answers:
                return self._answers[key]
            path = request.environ.get("PATH_INFO", "")
            if path == "/moto-api/reset":
                return self._reset(request)
            if request.journaled and not path.startswith("/moto-api"):
                self._journal.append(request)
                self._turn.notify_all()
            return self._execute(request)

    def _poll(self, request: Request, seconds: float) -> MotoResponse:
        deadline = time.monotonic() + seconds
        with self._turn:
            while True:
                answer = self._execute(request)
                left = deadline - time.monotonic()
                if left <= 0 or not answer.good or has_messages(answer.body):
                    return answer
                # A message can also become visible again by the passing of time.
                self._turn.wait(min(left, _VISIBLE_AGAIN_SECONDS))

    def _reset(self, request: Request) -> MotoResponse:
        self._journal.clear()
        self._answers.clear()
        self._touched.clear()
        shortages.SHORTAGES.replace(())
        answer = self._run(request)
        for service, region in _WARM:
            self._touch(service, region)
        return answer

    def _execute(self, request: Request) -> MotoResponse:
        if kept := self._kept.find(request):
            return kept
        self._touch(*request.scope)
        _seed(request.seed)
        answer = self._own(request) or self._run(request)
        self._kept.keep(request, answer)
        key = _idempotency_key(request)
        # A refusal is not kept: what it was refused for may be mended before the same request comes again.
        if key and answer.good:
            self._answers[key] = answer
        return answer

    def _own(self, request: Request) -> MotoResponse | None:
        """The answer to a request that is about the rehearsal itself; None if it is one for AWS."""
        if request.environ.get("PATH_INFO") != shortages.PATH:
            return None
        headers = [("Content-Type", "application/json")]
        if not request.changes_nothing:
            try:
                shortages.SHORTAGES.replace(shortages.load(request.body))
            except ValueError as error:
                return MotoResponse("400 Bad Request", headers, json.dumps({"error": str(error)}).encode())
        return MotoResponse("200 OK", headers, shortages.dump(shortages.SHORTAGES))

    def _run(self, request: Request) -> MotoResponse:
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
            said.append((status, headers))

        chunks = self._moto(request.replayed(), start_response)
        body = b"".join(chunks)
        status, headers = said[-1]
        return MotoResponse(status, headers, body)

    def _touch(self, service: str, region: str) -> None:
        """Create what moto creates by itself at the first request (default VPC, AWS's policies) with ids of a seed of its own.

        Otherwise these ids would depend on whether a read, which is not in the journal, came first.
        """
        if not region:
            return
        if service not in _GLOBAL:
            self._touch_one("ec2", region)
        self._touch_one(service, region)

    def _touch_one(self, service: str, region: str) -> None:
        if (service, region) in self._touched:
            return
        self._touched.add((service, region))
        _seed(f"{service}/{region}")
        try:
            backends = get_backend(service)  # type: ignore[call-overload]
        except (ImportError, AttributeError):
            return  # signed by a name that is no backend of moto's: the request itself will tell
        account = backends[ACCOUNT]
        for name in (region, "aws", "global"):
            if name in account:
                _ = account[name]
                return


def _seed(seed: int | str) -> None:
    mock_random.seed(seed)
    random.seed(seed)


def _idempotency_key(request: Request) -> str:
    token = request.environ.get(_TOKEN_KEY)
    if not token or request.changes_nothing:
        return ""
    digest = hashlib.sha256(request.body)
    for part in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_X_AMZ_TARGET"):
        digest.update(b"\0" + str(request.environ.get(part, "")).encode())
    return f"{token}/{digest.hexdigest()}"


class _Quiet(MotoRequestHandler):
    """Request handler without a log line for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing."""


def main() -> None:
    """Serve the sandbox that the environment names until killed."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    # The models of botocore and the backends of moto live until the end: to visit them was an eighth of a request's time.
    gc.set_threshold(50_000, 50, 50)
    moto_patches.apply_patches()
    sandbox = Sandbox.current()
    journal = Journal(sandbox.aws / "journal.jsonl")
    server = MotoServer(journal, KeptAnswers(sandbox.aws / "answers"))
    count = server.replay()
    _log.info("moto answers at %s; %d requests replayed", sandbox.aws_url, count)
    for sock in listeners.for_everyone(sandbox, sandbox.ports.moto):
        host, port = sock.getsockname()
        http = make_server(host, port, server, threaded=True, request_handler=_Quiet, fd=sock.fileno())
        threading.Thread(target=http.serve_forever).start()


if __name__ == "__main__":
    main()
