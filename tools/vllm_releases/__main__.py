"""Read the options of ``vllm serve`` from releases of vLLM, and write ``planner/data/vllm-options.json``.

``python -m tools.vllm_releases FILE...`` takes the source distribution, or the wheel, of each release: the newest patch
of each minor release from 0.8 on. Nothing of vLLM is imported or run.
"""

import argparse
import sys
from pathlib import Path

from tools.files import ROOT
from tools.vllm_releases.source import SourceError, read_source
from tools.vllm_releases.table import read_release, table

OUTPUT = ROOT / "planner" / "data" / "vllm-options.json"


def main(arguments: list[str] | None = None) -> int:
    """Write the table of the releases given; 2 where one cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.vllm_releases", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="vllm-VERSION.tar.gz or a wheel")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    given = parser.parse_args(arguments)
    try:
        text = table(read_release(read_source(path)) for path in given.files)
    except SourceError as error:
        sys.stderr.write(f"vllm_releases: {error}\n")
        return 2
    given.output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
