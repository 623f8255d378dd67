"""``python -m rehearsal.supervisor``: supervise the sandbox named by the environment."""

import logging
import os
import sys

from rehearsal.sandbox import Sandbox
from rehearsal.supervisor.supervise import Supervisor


def main() -> int:
    """Run until a signal stops it."""
    # What the starting command inherited, such as the lock of `flock FILE rehearse up`, would be held as long as this.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    sandbox = Sandbox.current()
    # The folder that somebody happened to start it in must stay removable.
    os.chdir(sandbox.root)
    return Supervisor(sandbox).run()


if __name__ == "__main__":
    sys.exit(main())
