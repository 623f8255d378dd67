"""``python -m tests.gateway.support.moto_server PORT``: moto's server, one request at a time.

moto's own answers requests beside each other, and its transactions are not atomic then: one that is canceled puts the whole table
back as it was when it began, and two with the same marker both count.
"""

import sys
import threading
from collections.abc import Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import run_simple


class Serialized:
    """The WSGI application."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._turn:
            return list(self._moto(environ, start_response))


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), Serialized(), threaded=True, request_handler=MotoRequestHandler)
