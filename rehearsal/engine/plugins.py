"""Running a policy pack or a component provider written in Python, with its output as a stream."""

import queue
import threading
import tomllib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path

from pulumi.runtime.proto import language_pb2

from rehearsal.engine.analyzer_proxy import AnalyzerProxy, Environment, PackError
from rehearsal.engine.interpreter import Interpreter, InterpreterError
from rehearsal.engine.processes import Child, Children

_Item = language_pb2.RunPluginResponse | None
_START_SECONDS = 120.0


class PluginRun:
    """One RunPlugin call: its process, and what the process writes until it ends or the engine hangs up."""

    def __init__(self, request: language_pb2.RunPluginRequest, interpreter: Interpreter, children: Children) -> None:
        self._request = request
        self._interpreter = interpreter
        self._children = children
        self._output: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._child: Child | None = None

    def responses(self) -> Iterator[language_pb2.RunPluginResponse]:
        """Output as it comes, then the exit code.

        Raises:
            InterpreterError: the plugin's folder holds nothing that can be run.
        """
        proxy = AnalyzerProxy(self._start_pack) if self._request.kind == "analyzer" else None
        try:
            if proxy:
                self._command()  # a pack that cannot be run is told now
                yield language_pb2.RunPluginResponse(stdout=f"{proxy.port}\n".encode())
            else:
                self._start({}, self._emit_stdout)
            while (item := self._output.get()) is not None:
                if item.HasField("exitcode"):
                    if proxy:
                        proxy.stop()  # first tell the call that waits for the pack why there is none
                    yield item
                    return
                yield item
        finally:
            if proxy:
                proxy.stop()

    def hang_up(self) -> None:
        """The engine wants no more of it: end the process and the stream of responses."""
        if self._child:
            self._child.kill()
        self._output.put(None)

    def _start_pack(self, environment: Environment) -> int:
        """Start the pack and wait for the port it serves on; what it prints later goes to the engine."""
        first: queue.SimpleQueue[bytes] = queue.SimpleQueue()

        def until_port(stream: BufferedReader) -> None:
            first.put(stream.readline())
            self._emit_stdout(stream)

        self._start(environment, until_port)
        try:
            line = first.get(timeout=_START_SECONDS).decode(errors="replace").strip()
        except queue.Empty:
            raise PackError(f"no port after {_START_SECONDS:.0f} s; a pack ends with PolicyPack(...)") from None
        if not line:
            raise PackError("it ended before it served; its own message stands above")
        if not line.isdecimal():
            raise PackError(f"it printed {line!r} before its port; nothing may be printed before PolicyPack(...)")
        return int(line)

    def _start(self, environment: Environment, read_stdout: Callable[[BufferedReader], None]) -> None:
        base = dict(entry.split("=", 1) for entry in self._request.env if "=" in entry)
        child = Child(
            self._command(),
            directory=self._directory(),
            environment=self._interpreter.environment(base | environment),
            captured=True,
        )
        self._child = self._children.add(child)
        threading.Thread(target=self._follow, args=(child, read_stdout), daemon=True).start()

    def _follow(self, child: Child, read_stdout: Callable[[BufferedReader], None]) -> None:
        out, err = child.streams
        readers = [
            threading.Thread(target=read_stdout, args=(out,), daemon=True),
            threading.Thread(target=self._emit_stderr, args=(err,), daemon=True),
        ]
        for reader in readers:
            reader.start()
        code = child.wait()
        for reader in readers:
            reader.join()
        self._children.remove(child)
        self._output.put(language_pb2.RunPluginResponse(exitcode=code))

    def _emit_stdout(self, stream: BufferedReader) -> None:
        for data in _pieces(stream):
            self._output.put(language_pb2.RunPluginResponse(stdout=data))

    def _emit_stderr(self, stream: BufferedReader) -> None:
        for data in _pieces(stream):
            self._output.put(language_pb2.RunPluginResponse(stderr=data))

    def _directory(self) -> str:
        """A pack is run in its own folder, a provider where the engine says."""
        if self._request.kind == "analyzer":
            return self._request.info.program_directory
        return self._request.pwd or self._request.info.program_directory

    def _command(self) -> list[str]:
        folder = Path(self._request.info.program_directory)
        python = [self._interpreter.command, "-u"]
        arguments = list(self._request.args)
        runnable = (folder / "__main__.py").is_file()
        if self._request.kind == "analyzer" and runnable:
            # The pack's folder is the second positional argument; options may stand anywhere.
            return [*python, "-m", "pulumi.policy", *arguments, str(folder)]
        if runnable:
            return [*python, str(folder), *arguments]
        package = buildable_package(folder)
        if package:
            return [*python, "-m", "pulumi.run.plugin", package, *arguments]
        raise InterpreterError(
            f"{folder}: plugin is not runnable, it provides neither __main__.py nor a buildable pyproject.toml"
        )


def _pieces(stream: BufferedReader) -> Iterator[bytes]:
    """What comes, as soon as it comes."""
    while data := stream.read1():
        yield data


def buildable_package(folder: Path) -> str | None:
    """The distribution that the folder's pyproject.toml builds, if it does."""
    try:
        described = tomllib.loads((folder / "pyproject.toml").read_text())
    except FileNotFoundError:
        return None
    name = described.get("project", {}).get("name")
    return str(name) if name and "build-system" in described else None
