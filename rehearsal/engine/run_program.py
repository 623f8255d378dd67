"""Runs a Pulumi program in the Python it was written for; started by the language host, once for each operation.

It may run in an environment that has Pulumi's SDK and nothing of this project, so it stands alone.

Exit codes: 0 done; 32 failed, and the message was logged; 1 a `pulumi.RunError` was logged; others are the program's own.
"""

import argparse
import asyncio
import logging
import os
import runpy
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn

ALREADY_SHOWN = 32
INTERRUPTED = 130
# What the SDK and the engine say once the monitor is closed: never the cause, always a consequence of what was shown.
_CONSEQUENCE = "Resource monitor has terminated, shutting down"
_CONSEQUENCE_OF_CALL = "resource monitor shut down"
_OWN_FRAMES = (__file__, runpy.__file__, "<frozen runpy>", f"{Path(asyncio.__file__).parent}/")


def main() -> int:
    """Run the program and return the exit code."""
    parser = argparse.ArgumentParser()
    for name in ("monitor", "engine", "project", "root_directory", "stack", "organization", "dry_run", "parallel"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("program")
    arguments = parser.parse_args()

    import pulumi  # noqa: PLC0415 the import is most of the start, and Ctrl-C during it should be quiet
    import pulumi.runtime  # noqa: PLC0415

    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    parallel = int(arguments.parallel)
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=arguments.monitor,
            engine=arguments.engine,
            project=arguments.project,
            stack=arguments.stack,
            organization=arguments.organization,
            root_directory=arguments.root_directory,
            dry_run=arguments.dry_run == "true",
            parallel=parallel,
        )
    )
    program = arguments.program
    sys.argv = [program]
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would repeat errors that are reported below
    loop = asyncio.new_event_loop()
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(parallel, 1) * 4))
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(lambda: _run(program)))
    except pulumi.RunError as error:
        if str(error).startswith(_CONSEQUENCE):
            return ALREADY_SHOWN
        pulumi.log.error(str(error))
        return 1
    except Exception as error:  # noqa: BLE001 whatever the program raised is reported to its author
        if is_consequence(error):
            return ALREADY_SHOWN
        pulumi.log.error("Program failed with an unhandled exception:\n" + describe(error, program))
        return ALREADY_SHOWN
    finally:
        loop.close()
    return 0


def _run(program: str) -> None:
    """Run a file, or the ``__main__.py`` of a folder."""
    if Path(program).is_dir() and not (Path(program) / "__main__.py").is_file():
        import pulumi  # noqa: PLC0415

        raise pulumi.RunError(f"unable to find main python program `__main__.py` in `{program}`")
    if not Path(program).is_dir():
        sys.path.insert(0, str(Path(program).parent))
    runpy.run_path(program, run_name="__main__")


def is_consequence(error: BaseException) -> bool:
    """Whether the program was only cut off in the middle of a call, because the engine has given up already."""
    # The SDK makes a plain Exception of whatever gRPC says.
    return type(error) is Exception and str(error) == _CONSEQUENCE_OF_CALL


def describe(error: BaseException, program: str) -> str:
    """The traceback as the program's author should read it: from the first frame of the program on."""
    start = error.__traceback__
    frame = start
    while frame and not _belongs_to(frame, program):
        frame = frame.tb_next
    never_ran = isinstance(error, SyntaxError) and bool(error.filename) and _is_main(str(error.filename), program)
    if not frame and not never_ran:  # raised outside the program's own frames, in a library's callback for example
        frame = start
        while frame and frame.tb_next and frame.tb_frame.f_code.co_filename.startswith(_OWN_FRAMES):
            frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame))


def _belongs_to(frame: TracebackType, program: str) -> bool:
    return _is_main(frame.tb_frame.f_code.co_filename, program)


def _is_main(file: str, program: str) -> bool:
    main_file = Path(program) / "__main__.py" if Path(program).is_dir() else Path(program)
    return Path(file).absolute() == main_file.absolute()


def _interrupt_once(_number: int, _frame: FrameType | None) -> NoReturn:
    """Interrupt the program; the engine and the host may both ask, and a second one would break its way out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGINT, _interrupt_once)  # ignored while the interpreter started
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # this file's folder, which Python put there
    try:
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        # Threads may be blocked in calls that the engine will not answer any more: leave them behind.
        os._exit(INTERRUPTED)
    sys.exit(code)
