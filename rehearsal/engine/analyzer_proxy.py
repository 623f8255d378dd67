"""The analyzer the engine talks to while a policy pack is not running yet.

A rule may ask for the stack's name or its configuration, which reach a Python pack through its environment; the engine
tells them only later, by ConfigureStack. So a small service answers the handshake, starts the pack when it knows them,
and forwards every call from then on, byte for byte.
"""

import json
import threading
from collections.abc import Callable
from concurrent import futures

import grpc
from pulumi.runtime.proto import analyzer_pb2

Environment = dict[str, str]
_GRACE_SECONDS = 2.0
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_SERVICE = analyzer_pb2.DESCRIPTOR.services_by_name["Analyzer"]


class PackError(Exception):
    """The policy pack did not start; the message says why."""


class AnalyzerProxy:
    """Serves pulumirpc.Analyzer on a port of its own.

    Args:
        start: starts the pack with these additions to its environment and returns its port.
    """

    def __init__(self, start: Callable[[Environment], int]) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._channel: grpc.Channel | None = None
        handlers = {
            method.name: grpc.unary_unary_rpc_method_handler(self._answerer(method.name)) for method in _SERVICE.methods
        }
        handler = grpc.method_handlers_generic_handler(_SERVICE.full_name, handlers)
        self._server = grpc.server(futures.ThreadPoolExecutor(16), handlers=[handler], options=_UNLIMITED)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    def stop(self) -> None:
        """Refuse further calls, let those in progress return their outcome, and hang up."""
        self._server.stop(grace=_GRACE_SECONDS).wait()
        if self._channel:
            self._channel.close()

    def _answerer(self, name: str) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        return lambda request, context: self._answer(name, request, context)

    def _answer(self, name: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        if name == "Handshake":
            return analyzer_pb2.AnalyzerHandshakeResponse().SerializeToString()
        if name == "Cancel" and not self._channel:
            return b""
        try:
            channel = self._pack(stack_environment(request) if name == "ConfigureStack" else {})
            answer: bytes = channel.unary_unary(f"/{_SERVICE.full_name}/{name}", _as_it_is, _as_it_is)(request)
            return answer
        except PackError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"policy pack not started: {error}")
        except grpc.RpcError as error:
            # The details of an error (`grpc-status-details-bin`) are among them.
            context.set_trailing_metadata(tuple((item.key, item.value) for item in error.trailing_metadata() or ()))
            context.abort(error.code(), error.details() or "")

    def _pack(self, environment: Environment) -> grpc.Channel:
        with self._lock:
            if not self._channel:
                port = self._start(environment)
                self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_UNLIMITED)
            return self._channel


def _as_it_is(message: bytes) -> bytes:
    return message


def stack_environment(request: bytes) -> Environment:
    """What a pack finds in its environment for the stack that a ConfigureStack request describes."""
    stack = analyzer_pb2.AnalyzerStackConfigureRequest.FromString(request)
    values = {
        "PULUMI_ORGANIZATION": stack.organization,
        "PULUMI_PROJECT": stack.project,
        "PULUMI_STACK": stack.stack,
        "PULUMI_DRY_RUN": "true" if stack.dry_run else "false",
        "PULUMI_CONFIG": json.dumps(dict(stack.config)) if stack.config else "",
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(stack.config_secret_keys)) if stack.config_secret_keys else "",
    }
    return {name: value for name, value in values.items() if value}
