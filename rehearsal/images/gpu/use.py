"""Use of a node's GPUs: each container that has some keeps a file of what its process does with them.

Files are the only way between pods of one node that is open in every kind of network, and a process that is killed leaves
its file behind, so each has the process id that says whether it still counts.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from workspace.files import write_atomically

_FOLDER = "gpu-use"


@dataclass(frozen=True, kw_only=True)
class GpuUse:
    """What the process of one container does with its GPUs.

    Attributes:
        namespace: Namespace of its pod.
        pod: Name of its pod.
        container: Its name.
        gpus: GPUs that it has.
        memory_share: Share of their memory that it holds, 0 to 1.
        busy_seconds: Seconds in which they computed, since the process began.
        process: Id of the process.
    """

    namespace: str
    pod: str
    container: str
    gpus: int
    memory_share: float
    busy_seconds: float
    process: int

    @classmethod
    def read_all(cls, node: Path) -> list[Self]:
        """The uses of all processes that live, by process id.

        Args:
            node: Folder of the node.
        """
        found = [cls(**json.loads(file.read_text())) for file in (node / _FOLDER).glob("*.json")]
        return sorted((use for use in found if _lives(use.process)), key=lambda use: use.process)

    def write(self, node: Path) -> None:
        """Replace the file of this container."""
        folder = node / _FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.namespace}_{self.pod}_{self.container}.json"
        write_atomically(folder / name, json.dumps(asdict(self)))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
