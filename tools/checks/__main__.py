"""Check wording, the tree of the tests, lists of packages, links and generated pages: ``python -m tools.checks``, part of ``make check``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "policies"))  # as CrossGuard runs the pack

from tools.checks import links, mirror, packages, words
from tools.docs.pages import outdated

found = [
    *map(str, words.uses()),
    *mirror.complaints(),
    *packages.complaints(),
    *links.complaints(),
    *(f"{path}: is behind its source: run `make docs`" for path in outdated()),
]
for line in found:
    print(line)  # noqa: T201
sys.exit(bool(found))
