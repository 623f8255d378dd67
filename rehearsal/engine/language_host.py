"""Pulumi's LanguageRuntime for Python: the engine starts it as `pulumi-language-python ENGINE_ADDRESS`.

Needed with an engine built from its Go module only, which comes without the official host.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from importlib import metadata
from pathlib import Path
from subprocess import CalledProcessError
from types import FrameType

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, language_pb2, language_pb2_grpc, plugin_pb2

from rehearsal.engine import install, packages
from rehearsal.engine.interpreter import Interpreter, InterpreterError, choose
from rehearsal.engine.plugins import PluginRun
from rehearsal.engine.processes import Child, Children, watch_parent
from rehearsal.engine.run_program import ALREADY_SHOWN

_RUN_PROGRAM = Path(__file__).with_name("run_program.py")
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The service. Programs and plugins are processes of their own, so that calls only start and watch them."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._programs: set[Child] = set()
        self.children = Children()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """Take note that the engine is there; nothing depends on it."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version of the SDK that programs run with."""
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The provider plugins of the SDKs that are installed for the program."""
        found = packages.required(_interpreter(request.info, context))
        return language_pb2.GetRequiredPackagesResponse(packages=found)

    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        """As GetRequiredPackages, for engines that ask the older question."""
        found = packages.required(_interpreter(request.info, context))
        return language_pb2.GetRequiredPluginsResponse(
            plugins=[
                plugin_pb2.PluginDependency(name=p.name, kind=p.kind, version=p.version, server=p.server) for p in found
            ]
        )

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """What is installed for the program, for `pulumi about`."""
        found = packages.dependencies(_interpreter(request.info, context), transitive=request.transitiveDependencies)
        return language_pb2.GetProgramDependenciesResponse(dependencies=found)

    def About(self, request: language_pb2.AboutRequest, context: grpc.ServicerContext) -> language_pb2.AboutResponse:
        """The Python that runs the program, for the update's history."""
        interpreter = _interpreter(request.info, context)
        return language_pb2.AboutResponse(executable=interpreter.command, version=interpreter.version)

    def RuntimeOptionsPrompts(
        self, request: language_pb2.RuntimeOptionsRequest, context: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        """No questions to ask when a project is made."""
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Make the program's environment, for `pulumi install`."""
        root = request.info.root_directory or request.directory
        plan = install.commands(root, request.directory, json_format.MessageToDict(request.info.options))
        try:
            for output in install.run(plan, request.directory):
                yield language_pb2.InstallDependenciesResponse(stdout=output)
        except (OSError, CalledProcessError) as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    def Run(self, request: language_pb2.RunRequest, context: grpc.ServicerContext) -> language_pb2.RunResponse:
        """Run the program to its end; it talks to the engine itself."""
        try:
            interpreter = choose(request.info.root_directory, json_format.MessageToDict(request.info.options))
        except InterpreterError as error:
            return language_pb2.RunResponse(error=str(error))
        child = self.children.add(
            Child(
                [interpreter.command, "-u", str(_RUN_PROGRAM), *_arguments(request, self._engine_address)],
                directory=request.pwd,
                environment=interpreter.environment(os.environ | _configuration(request)),
            )
        )
        self._programs.add(child)
        context.add_callback(lambda: _stop(child))
        try:
            code = child.wait()
        finally:
            self._programs.discard(child)
            self.children.remove(child)
        return _outcome(code, stopped=child.stopped)

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack or a provider until the engine hangs up."""
        try:
            interpreter = choose(request.info.root_directory, json_format.MessageToDict(request.info.options))
            run = PluginRun(request, interpreter, self.children)
            context.add_callback(run.hang_up)
            yield from run.responses()
        except InterpreterError as error:
            # A failed call leaves the engine waiting for the plugin's port; a plugin that ends does not.
            self._log_error(str(error))
            yield language_pb2.RunPluginResponse(exitcode=1)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End the program; plugins are cancelled by the engine, which knows what they are in the middle of."""
        for child in list(self._programs):
            _stop(child)
        return empty_pb2.Empty()

    def _log_error(self, message: str) -> None:
        """Show one message among the operation's diagnostics."""
        with grpc.insecure_channel(self._engine_address) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(
                engine_pb2.LogRequest(severity=engine_pb2.ERROR, message=message), timeout=10
            )


def _interpreter(info: language_pb2.ProgramInfo, context: grpc.ServicerContext) -> Interpreter:
    try:
        return choose(info.root_directory, json_format.MessageToDict(info.options))
    except InterpreterError as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))


def _arguments(request: language_pb2.RunRequest, engine_address: str) -> list[str]:
    options = {
        "monitor": request.monitor_address,
        "engine": engine_address,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "organization": request.organization,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
    }
    program = Path(request.info.program_directory) / (request.info.entry_point or ".")
    return [*(f"--{name}={value}" for name, value in options.items()), str(program)]


def _configuration(request: language_pb2.RunRequest) -> dict[str, str]:
    return {
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def _outcome(code: int, *, stopped: bool) -> language_pb2.RunResponse:
    """Return how a program ended: the engine shows `error`; `bail` is for one whose error it has shown already."""
    if code == 0:
        return language_pb2.RunResponse()
    if stopped or code == ALREADY_SHOWN:
        return language_pb2.RunResponse(bail=True)
    if code < 0:
        return language_pb2.RunResponse(error=f"program was terminated by {signal.Signals(-code).name}")
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


def _stop(child: Child) -> None:
    """Interrupt a program without holding up the caller, who may be gRPC itself."""
    threading.Thread(target=child.stop, args=(signal.SIGINT,), daemon=True).start()


def main(arguments: list[str]) -> int:
    """Serve until the engine says stop, or is gone."""
    host = LanguageHost(arguments[-1])
    finished = threading.Event()

    def finish(_number: int = 0, _frame: FrameType | None = None) -> None:
        finished.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, finish)
    watch_parent(finish)
    server = grpc.server(futures.ThreadPoolExecutor(32), options=_UNLIMITED)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    finished.wait()
    host.children.kill()
    # Calls in progress belong to processes that are dead now: nobody is left to answer.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
