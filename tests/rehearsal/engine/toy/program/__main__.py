"""What the engine's tests run: the setting `act` says how it behaves."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pulumi

config = pulumi.Config()


class Greeter(pulumi.ComponentResource):
    """A remote component, expanded by the provider beside this program."""

    greeting: pulumi.Output[str]

    def __init__(self, name: str, who: pulumi.Input[str]) -> None:
        super().__init__("toy:index:Greeter", name, {"who": who, "greeting": None}, remote=True)


def fail() -> None:
    raise ValueError("the toy is broken")


print("to stdout", flush=True)
print("to stderr", file=sys.stderr, flush=True)
match config.get("act"):
    case "raise":
        fail()
    case "raise-in-apply":
        pulumi.export("never", pulumi.Output.from_input(1).apply(lambda _: fail()))
    case "run-error":
        raise pulumi.RunError("the toy is out of order")
    case "exit-3":
        sys.exit(3)
    case "die":
        signal.raise_signal(signal.SIGTERM)
    case "wait":
        # A process of the program's own, which has to go with it.
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(config.require("pids")).write_text(str(child.pid))
        time.sleep(600)
pulumi.export("greeting", Greeter("world", config.require_secret("who")).greeting)
