"""gRPC server of the provider protocol: calls of the engine become calls of a `Provider`'s hooks.

The SDK's own server (``pulumi.provider.experimental``) has no answer for a resource that was created but is not as it
should be (``ErrorResourceInitFailed``).
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from rehearsal.plugins import lifetime
from rehearsal.plugins.errors import InitFailedError, ProviderError
from rehearsal.plugins.provider import ADD, DELETE, UPDATE, Checked, Diff, Provider, Resource
from rehearsal.plugins.wire import Properties, decode, encode, keep_secrets, unwrap

Response = TypeVar("Response")

_log = logging.getLogger(__name__)
_MESSAGE_LIMIT = 400 * 1024 * 1024
# A thread waits for as long as its resource takes, and threads are only made on demand: more than any engine runs at once.
_THREADS = 512
_KIND = provider_pb2.PropertyDiff.Kind
_KINDS = {
    ADD: (_KIND.ADD, _KIND.ADD_REPLACE),
    DELETE: (_KIND.DELETE, _KIND.DELETE_REPLACE),
    UPDATE: (_KIND.UPDATE, _KIND.UPDATE_REPLACE),
}


def serve(provider: Provider) -> None:
    """Listen on a free loopback port, print it for the engine, serve until the engine ends."""
    lifetime.log_to_sandbox(f"plugin-{provider.package}")
    lifetime.end_with_parent()
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, thread_name_prefix="call"),
        options=[("grpc.max_receive_message_length", _MESSAGE_LIMIT), ("grpc.max_send_message_length", _MESSAGE_LIMIT)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider), server)
    port = server.add_insecure_port("127.0.0.1:0")
    # The engine ends a plugin with SIGINT; Python's own answer would be a traceback that the engine takes for a crash.
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    stopped.wait()
    server.stop(grace=None)
    logging.shutdown()
    # Not `return`: that would wait for hooks whose results are not read any more.
    os._exit(0)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def _report_errors(method: Callable[..., Response]) -> Callable[..., Response]:
    """Turn the errors of a hook into a gRPC status of one line."""

    @wraps(method)
    def call(self: "Servicer", request: Any, context: grpc.ServicerContext) -> Response:
        try:
            return method(self, request, context)
        except InitFailedError as error:
            self.abort_partial(error, request, context)
        except ProviderError as error:
            _log.info("%s %s: %s", method.__name__, getattr(request, "urn", ""), error)
            context.abort(grpc.StatusCode.UNKNOWN, _one_line(error))
        except Exception as error:  # noqa: BLE001 - whatever fails, the user gets one line
            _log.exception("%s %s", method.__name__, getattr(request, "urn", ""))
            where = lifetime.log_file() or "the plugin's standard error"
            context.abort(
                grpc.StatusCode.INTERNAL,
                f"the rehearsal's {self.provider.package} provider failed: {type(error).__name__}: {_one_line(error)} "
                f"(traceback in {where})",
            )

    return call


def _checked(result: Checked, news: Properties) -> provider_pb2.CheckResponse:
    return provider_pb2.CheckResponse(
        inputs=encode(keep_secrets(result.inputs, news)),
        failures=[provider_pb2.CheckFailure(property=item.property, reason=item.reason) for item in result.failures],
    )


def _diff(diff: Diff) -> provider_pb2.DiffResponse:
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if diff.changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=list(dict.fromkeys([*diff.diffs, *diff.replaces])),
        replaces=list(diff.replaces),
        deleteBeforeReplace=diff.delete_before_replace,
        hasDetailedDiff=bool(diff.detailed),
        detailedDiff={path: _property_diff(path, kind, diff) for path, kind in diff.detailed.items()},
    )


def _property_diff(path: str, kind: str, diff: Diff) -> provider_pb2.PropertyDiff:
    head = path.split(".", 1)[0].split("[", 1)[0]
    replaces = head in diff.replaces or path in diff.replaces
    return provider_pb2.PropertyDiff(kind=_KINDS[kind][replaces], inputDiff=True)


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider, served."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def abort_partial(self, error: InitFailedError, request: Any, context: grpc.ServicerContext) -> NoReturn:
        """Answer that the resource exists but is not as it should be, so that the engine keeps it."""
        news = decode(getattr(request, "properties", None) or getattr(request, "news", None) or Struct())
        detail = AnyMessage()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(
                id=error.id,
                properties=encode(keep_secrets(error.outputs, news)),
                inputs=encode(keep_secrets(error.inputs, news)),
                reasons=error.reasons,
            )
        )
        message = _one_line(error)
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, message)

    def Handshake(self, request: Any, context: Any) -> provider_pb2.ProviderHandshakeResponse:
        """Return the forms of values that this provider accepts."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        """Return the version of the real provider that this one emulates."""
        return plugin_pb2.PluginInfo(version=self.provider.version)

    def GetSchema(self, request: Any, context: Any) -> provider_pb2.GetSchemaResponse:
        """Return a schema without types: the SDKs are installed already."""
        return provider_pb2.GetSchemaResponse(
            schema=f'{{"name": "{self.provider.package}", "version": "{self.provider.version}"}}'
        )

    @_report_errors
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """Check the provider's settings."""
        news = decode(request.news)
        return _checked(self.provider.check_config(unwrap(news)), news)

    @_report_errors
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Compare the provider's settings."""
        olds = request.old_inputs if request.HasField("old_inputs") else request.olds
        return _diff(self.provider.diff_config(unwrap(decode(olds)), unwrap(decode(request.news))))

    @_report_errors
    def Configure(self, request: provider_pb2.ConfigureRequest, context: Any) -> provider_pb2.ConfigureResponse:
        """Take the provider's settings."""
        self.provider.configure(unwrap(decode(request.args)))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_report_errors
    def Check(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """Check a resource's inputs."""
        news = decode(request.news)
        olds = unwrap(decode(request.olds))
        return _checked(self.provider.check(Resource.of(request.urn), olds, unwrap(news), request.randomSeed), news)

    @_report_errors
    def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Compare a resource's inputs."""
        return _diff(
            self.provider.diff(
                Resource.of(request.urn),
                request.id,
                old_inputs=unwrap(decode(request.old_inputs)),
                old_outputs=unwrap(decode(request.olds)),
                news=unwrap(decode(request.news)),
                ignore_changes=list(request.ignoreChanges),
            )
        )

    @_report_errors
    def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:
        """Create a resource."""
        inputs = decode(request.properties)
        made = self.provider.create(
            Resource.of(request.urn), unwrap(inputs), preview=request.preview, timeout=request.timeout
        )
        return provider_pb2.CreateResponse(id=made.id, properties=encode(keep_secrets(made.outputs, inputs)))

    @_report_errors
    def Read(self, request: provider_pb2.ReadRequest, context: Any) -> provider_pb2.ReadResponse:
        """Read a resource; an empty response means that it does not exist."""
        inputs, outputs = decode(request.inputs), decode(request.properties)
        found = self.provider.read(Resource.of(request.urn), request.id, unwrap(inputs), unwrap(outputs))
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id,
            inputs=encode(keep_secrets(found.inputs, inputs)),
            properties=encode(keep_secrets(found.outputs, outputs, inputs)),
        )

    @_report_errors
    def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> provider_pb2.UpdateResponse:
        """Change a resource."""
        news = decode(request.news)
        outputs = self.provider.update(
            Resource.of(request.urn),
            request.id,
            old_inputs=unwrap(decode(request.old_inputs)),
            old_outputs=unwrap(decode(request.olds)),
            news=unwrap(news),
            ignore_changes=list(request.ignoreChanges),
            preview=request.preview,
            timeout=request.timeout,
        )
        return provider_pb2.UpdateResponse(properties=encode(keep_secrets(outputs, news)))

    @_report_errors
    def Delete(self, request: provider_pb2.DeleteRequest, context: Any) -> Empty:
        """Delete a resource."""
        self.provider.delete(
            Resource.of(request.urn),
            request.id,
            unwrap(decode(request.old_inputs)),
            unwrap(decode(request.properties)),
            timeout=request.timeout,
        )
        return Empty()

    @_report_errors
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Any) -> provider_pb2.InvokeResponse:
        """Call a function."""
        response = provider_pb2.InvokeResponse()
        # The field's name is a keyword of Python.
        getattr(response, "return").CopyFrom(encode(self.provider.invoke(request.tok, unwrap(decode(request.args)))))
        return response

    def Cancel(self, request: Any, context: Any) -> Empty:
        """Let every waiting hook know that it should stop."""
        self.provider.cancelled.set()
        return Empty()
