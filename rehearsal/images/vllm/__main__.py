"""``python -m rehearsal.images.vllm [serve] MODEL [--option ...]``: emulate one vLLM container."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from planner.vllm_options.releases import DEFAULT, judged_by
from rehearsal.images import timing
from rehearsal.images.container import Container
from rehearsal.images.gpu.use import GpuUse
from rehearsal.images.process import prepare
from rehearsal.images.vllm import NOTICE, VERSION, compiled, script
from rehearsal.images.vllm.app import MiddlewareError, build
from rehearsal.images.vllm.engine import Engine
from rehearsal.images.vllm.options import parse
from rehearsal.images.vllm.simulation.speed import Speed, speed_of
from rehearsal.images.vllm.simulation.starts import start_of
from rehearsal.images.vllm.startup import StartupError, check
from rehearsal.sandbox import Sandbox

LOG = logging.getLogger(__name__)
_LOAD_SECONDS = "LLM_REHEARSAL_LOAD_SECONDS"
_TOKEN_SECONDS = "LLM_REHEARSAL_TOKEN_SECONDS"  # noqa: S105 - a time, not a secret
_KEEP_ALIVE_SECONDS = 5
_REPORT_SECONDS = 0.5


class Server(uvicorn.Server):
    """Ends on SIGTERM as vLLM does: no new connections, requests in flight finish within ``--shutdown-timeout``."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave with status 0 instead of raising the signal again afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave, number)
        yield

    def _leave(self, number: signal.Signals) -> None:
        LOG.info("Received %s; waiting for requests in flight.", number.name)
        self.should_exit = True


def main() -> None:
    """Parse, check, wait as if loading, serve."""
    prepare()
    # `vllm serve ...`, `python3 -m vllm.entrypoints.openai.api_server ...`: the agent passes what follows the executable.
    arguments = sys.argv[1:]
    if arguments[:2] == ["-m", "vllm.entrypoints.openai.api_server"]:
        arguments = arguments[2:]
    container = Container.current()
    if script.is_script(arguments):
        script.run(arguments, container)
        return
    options = parse(arguments, judged_by(container.image) if container.image else DEFAULT)
    LOG.info("%s %s; model %s", NOTICE, VERSION, options.model)
    try:
        check(options, container)
    except StartupError as error:
        raise SystemExit(str(error)) from error
    try:
        simulated = simulation(options, container) if timing.follows_public_figures() else None
        engine = Engine(
            options,
            token_seconds=float(os.environ.get(_TOKEN_SECONDS, "0.002")),
            pod=container.pod_folder,
            simulated=simulated,
            scale=timing.time_scale(),
        )
    except timing.TimingError as error:
        raise SystemExit(str(error)) from error
    try:
        app = build(options, engine, _keys(options))
    except (MiddlewareError, ImportError, AttributeError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from error
    place = compiled.folder(options, container)
    again = compiled.found(place)
    if simulated and _LOAD_SECONDS not in os.environ:
        load(simulated, options, container, compiled_before=again)
    else:
        time.sleep(float(os.environ.get(_LOAD_SECONDS, "0.5")))
    if not again:
        compiled.keep(place, options.tensor_parallel_size * options.pipeline_parallel_size)
    follow_node(engine, container, options.gpu_memory_utilization)
    serve(app, options, container)
    counted = engine.metrics.total
    LOG.info(
        "Ended after %d prompt tokens and %d generation tokens.", counted("prompt_tokens"), counted("generation_tokens")
    )


def simulation(options: Namespace, container: Container) -> Speed:
    """What a step takes by public figures, as this engine is set up."""
    window = options.max_model_len
    speed, what = speed_of(
        options.model,
        container.gpu,
        gpus=options.tensor_parallel_size,
        utilization=options.gpu_memory_utilization,
        max_model_len=window if window and window > 0 else None,
    )
    LOG.info(
        "A simulation of %s, %d tokens of KV cache; durations times %g", what, speed.kv_tokens, timing.time_scale()
    )
    return speed


def load(speed: Speed, options: Namespace, container: Container, *, compiled_before: bool) -> None:
    """Take the time of a start that others published, and log its pieces as vLLM does."""
    begun = start_of(
        speed.weights_bytes,
        container.gpu,
        from_bucket=options.model.startswith("s3://"),
        eager=bool(options.enforce_eager),
        compiled_before=compiled_before,
    )
    scale = timing.time_scale()
    time.sleep(begun.init * scale)
    time.sleep(begun.weights * scale)
    LOG.info("Loading weights took %.2f seconds", begun.weights * scale)
    if begun.compile:
        time.sleep(begun.compile * scale)
        LOG.info("torch.compile took %.2f s in total", begun.compile * scale)
        time.sleep(begun.graphs * scale)
        LOG.info("Graph capturing finished in %.2f secs", begun.graphs * scale)
    LOG.info("init engine took %.2f seconds", (begun.compile + begun.graphs) * scale)


def serve(app: ASGIApp, options: Namespace, container: Container) -> None:
    """Listen on the pod's address; ``--host`` decides only whether other addresses than it would reach the server."""
    config = uvicorn.Config(
        app,
        host=container.address,
        port=options.port,
        loop="asyncio",
        root_path=options.root_path,
        access_log=not options.disable_uvicorn_access_log,
        log_level=options.uvicorn_log_level or "info",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=options.shutdown_timeout,
        lifespan="off",
        ws="none",
    )
    Server(config).run()


def follow_node(engine: Engine, container: Container, memory_share: float) -> None:
    """In a thread: keep the file of what this process does with its GPUs, and end when a fault says so."""
    if not container.node:
        return
    node = Sandbox.current().nodes / container.node

    def run() -> None:
        written = None
        while not engine.dead:
            use = GpuUse(
                namespace=container.namespace,
                pod=container.pod,
                container=container.name,
                gpus=container.gpus,
                memory_share=memory_share,
                busy_seconds=round(engine.turns.busy_seconds, 3),
                process=os.getpid(),
            )
            if use != written:
                use.write(node)
                written = use
            time.sleep(_REPORT_SECONDS)
        # As the kernel does it to a process that it kills: no request is finished.
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=run, name="node", daemon=True).start()


def _keys(options: Namespace) -> list[str]:
    given = options.api_key or [os.environ.get("VLLM_API_KEY", "")]
    return [key for key in given if key]


if __name__ == "__main__":
    main()
