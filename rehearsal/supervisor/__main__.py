"""``python -m rehearsal.supervisor``: supervise the world named by the environment."""

import logging
import os
import sys

from rehearsal.supervisor.supervise import Supervisor
from rehearsal.world import World


def main() -> int:
    """Run until told to stop."""
    # What the starting command inherited, such as the lock of `flock FILE rehearse up`, would be held as long as this.
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    world = World.current()
    # The folder that somebody happened to start it in must stay removable.
    os.chdir(world.root)
    return Supervisor(world).run()


if __name__ == "__main__":
    sys.exit(main())
