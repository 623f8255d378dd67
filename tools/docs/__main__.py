"""Write every generated page: ``make docs``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "policies"))  # as CrossGuard runs the pack

from tools.docs.pages import write

for path in write():
    print(f"{path}: written")  # noqa: T201
