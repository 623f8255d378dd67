"""Processes of a run, found by the run's id in their environment."""

import signal
from collections.abc import Iterator

import psutil

from workspace.processes import end, has_environment, send, with_environment

RUN_VARIABLE = "LLM_PORTAL_RUN"
_END_SECONDS = 3.0


def of_run(run_id: str) -> Iterator[psutil.Process]:
    """Find this user's processes that were started for a run, Pulumi's and its plugins' among them."""
    return with_environment(RUN_VARIABLE, run_id)


def is_of_run(pid: int, run_id: str) -> bool:
    """Return whether a process that runs was started for a run."""
    try:
        return has_environment(psutil.Process(pid), RUN_VARIABLE, run_id)
    except psutil.NoSuchProcess:
        return False


def is_engine(process: psutil.Process) -> bool:
    """Return whether a process is the Pulumi CLI, in which the engine runs."""
    try:
        return process.name() == "pulumi"
    except psutil.NoSuchProcess:
        return False


def end_run(run_id: str, grace: float) -> list[str]:
    """End what a dead run left running: the engine may first save what it has under way. Returns what was done."""
    told = []
    engines = [process for process in of_run(run_id) if is_engine(process)]
    if engines:
        told.append(f"asked {len(engines)} engine(s) left behind to stop and save")
        send(engines, signal.SIGINT)
        psutil.wait_procs(engines, timeout=grace)
    if left := list(of_run(run_id)):
        told.append(f"ended {len(left)} process(es) left behind")
        end(left, grace=_END_SECONDS)
    return told
