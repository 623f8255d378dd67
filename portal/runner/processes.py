"""Processes told apart by pid and start time, and found by the run that is in their environment."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import psutil

RUN_VARIABLE = "LLM_PORTAL_RUN"
_SAME_START_SECONDS = 1.0


@dataclass(frozen=True)
class Identity:
    """One process for good: a pid alone comes back for another process sooner or later."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Self | None:
        """The process that has ``pid`` now."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The process while it runs; a zombie does not."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= _SAME_START_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


def of_run(run_id: str) -> Iterator[psutil.Process]:
    """Processes of this user that were started for a run, Pulumi's and its plugins' among them."""
    me = psutil.Process().pid
    for process in psutil.process_iter():
        try:
            marked = process.environ().get(RUN_VARIABLE) == run_id
            if marked and process.pid != me and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            continue


def is_engine(process: psutil.Process) -> bool:
    """Whether it is the Pulumi CLI, in which the engine runs."""
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
        _signal(engines, signal.SIGINT)
        psutil.wait_procs(engines, timeout=grace)
    if left := list(of_run(run_id)):
        told.append(f"ended {len(left)} process(es) left behind")
        _signal(left, signal.SIGTERM)
        _, left = psutil.wait_procs(left, timeout=3)
        _signal(left, signal.SIGKILL)
        psutil.wait_procs(left, timeout=3)
    return told


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
