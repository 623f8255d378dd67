"""Write a list of metrics into ``monitoring/metrics`` from its source.

- ``vllm WHEEL``: a wheel of vLLM, such as ``pip download --no-deps vllm==0.32.0`` brings (300 MB, not installed).
- ``karpenter VERSION FOLDER...``: the folders ``pkg`` of the Go modules sigs.k8s.io/karpenter and
  github.com/aws/karpenter-provider-aws, which ``go mod download`` brings.
- ``dcgm VERSION FILE``: ``etc/default-counters.csv`` of NVIDIA/dcgm-exporter.

With ``--check`` the list is compared, not written. The other lists are pages of ``python -m tools.docs``.
"""

import argparse
import sys
from pathlib import Path

from tools.files import ROOT
from tools.metric_lists.dcgm import CountersError, dcgm_list
from tools.metric_lists.karpenter import GoSourceError, karpenter_list
from tools.metric_lists.vllm import vllm_list
from tools.vllm_releases.source import SourceError, read_source

FOLDER = ROOT / "monitoring" / "metrics"


def main(arguments: list[str] | None = None) -> int:
    """Write the list, or compare it; 1 where it differs, 2 where the source cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m tools.metric_lists", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare the list with the source")
    lists = parser.add_subparsers(dest="list", required=True)
    lists.add_parser("vllm").add_argument("sources", nargs=1, type=Path, metavar="WHEEL")
    for name, number, what in (("karpenter", "+", "FOLDER"), ("dcgm", 1, "FILE")):
        one = lists.add_parser(name)
        one.add_argument("version")
        one.add_argument("sources", nargs=number, type=Path, metavar=what)
    given = parser.parse_args(arguments)
    try:
        name, text = _read(given)
    except (SourceError, GoSourceError, CountersError, OSError) as error:
        sys.stderr.write(f"metric_lists: {error}\n")
        return 2
    output = FOLDER / f"{name}.json"
    if not given.check:
        output.write_text(text, encoding="utf-8")
    elif not output.exists() or output.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{output.relative_to(ROOT)}: differs from its source: run this without --check\n")
        return 1
    return 0


def _read(given: argparse.Namespace) -> tuple[str, str]:
    """Name and text of the list."""
    if given.list == "vllm":
        source = read_source(given.sources[0])
        return f"vllm-{source.version}", vllm_list(source)
    if given.list == "karpenter":
        return "karpenter", karpenter_list(given.version, given.sources)
    return "dcgm", dcgm_list(given.version, given.sources[0].read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
