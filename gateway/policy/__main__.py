"""`python -m gateway.policy --config FILE`: the policy service with its processes."""

import argparse
import logging
import sys
from pathlib import Path

from gateway.config import Config, ConfigError, read

_RESPONSES = 2
"""RESPONSES of gateway.policy.supervision.children, which a process does not import."""


def main(arguments: list[str] | None = None) -> int:
    """Run the policy until SIGTERM; the exit code is 1 when it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m gateway.policy", description=main.__doc__)
    parser.add_argument("--config", type=Path, required=True, help="gateway.json")
    parser.add_argument("--process", type=int, choices=(0, 1, 2), help="be this process; by default, start all")
    parser.add_argument("--draining", action="store_true", help="hold no request")
    given = parser.parse_args(arguments)
    who = "supervisor" if given.process is None else f"process {given.process}"
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {who} %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("httpx", "botocore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        _run(read(given.config), given)
    except ConfigError as error:
        sys.stderr.write("".join(f"error: {line}\n" for line in error.lines))
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _run(config: Config, given: argparse.Namespace) -> None:
    # Each imports what it needs: the supervisor has no gRPC, a process no servers for Prometheus and the kubelet.
    if given.process is None:
        from gateway.policy.supervision.supervisor import run as supervise  # noqa: PLC0415

        supervise(config, given.config)
    else:
        from gateway.policy import exposition  # noqa: PLC0415

        exposition.keep_as(given.process)
        if given.process == _RESPONSES:
            from gateway.policy.responses.process import run as write_responses  # noqa: PLC0415

            write_responses(config)
            return
        from gateway.policy.worker import run as work  # noqa: PLC0415

        work(config, given.process, draining=given.draining)


if __name__ == "__main__":
    sys.exit(main())
