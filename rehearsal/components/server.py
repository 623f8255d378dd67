"""Process of a component plugin: the SDK's component server, which fails in one line and ends with the engine."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.plugins.lifetime import end_with_parent, log_to_sandbox

Constructor = Callable[[str, Mapping[str, Any], pulumi.ResourceOptions], ConstructResult]

# A registration holds its thread until the resource is there, which for a node group is minutes.
_THREADS = 128
_MESSAGE_LIMIT = 400 * 1024 * 1024

_log = logging.getLogger(__name__)


class ComponentProvider(Provider):
    """Expands the components in a table, refuses any other by name."""

    def __init__(self, package: str, version: str, constructors: Mapping[str, Constructor]) -> None:
        super().__init__(version)
        self.package = package
        self._constructors = constructors

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Register the component and its children; the SDK's server waits for them."""
        constructor = self._constructors.get(resource_type)
        if constructor is None:
            known = ", ".join(sorted(self._constructors))
            raise pulumi.RunError(f"the rehearsal's {self.package} does not emulate it, only {known}")
        return constructor(name, inputs, options or pulumi.ResourceOptions())


class _Servicer(ProviderServicer):
    """The SDK's server, without the stack traces it puts into messages."""

    async def Construct(self, request: Any, context: Any) -> Any:
        """Construct a component; whatever fails reaches the user as one line, the trace goes to the log."""
        try:
            return await super().Construct(request, context)
        except grpc.aio.AbortError:
            raise  # an input was refused, the answer is sent
        except Exception as error:
            # The SDK raises a new error whose message holds the trace; the cause is its context.
            cause = error if isinstance(error, pulumi.RunError) else error.__context__ or error
            _log.info("%s %s", request.type, request.name, exc_info=cause)
            await context.abort(grpc.StatusCode.UNKNOWN, " ".join(str(cause).split()))
            raise


def serve(provider: ComponentProvider) -> None:
    """Serve ``provider`` on a free loopback port, printed on standard output, until the engine that started it ends."""
    parser = argparse.ArgumentParser(prog=f"pulumi-resource-{provider.package}")
    parser.add_argument("engine", help="address of the engine, which starts this program")
    arguments, _ = parser.parse_known_args()
    log_to_sandbox(f"plugin-{provider.package}")
    end_with_parent()
    asyncio.run(_serve(provider, arguments.engine))


async def _serve(provider: ComponentProvider, engine: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="registration")
    asyncio.get_running_loop().set_default_executor(executor)
    limits = [("grpc.max_receive_message_length", _MESSAGE_LIMIT), ("grpc.max_send_message_length", _MESSAGE_LIMIT)]
    server = grpc.aio.server(options=limits)
    servicer = _Servicer(provider, [], engine_address=engine)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await stopped.wait()
    await server.stop(grace=None)
    logging.shutdown()
    # Not `return`: that would wait for threads whose registrations the engine may never answer.
    os._exit(0)
