"""What of the installed packages goes into the archive.

Of 80 MB, 26 are botocore's descriptions of all AWS services and 17 Envoy's generated messages, of which the gateway needs
three and a few dozen.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.archive.errors import ArchiveError
from gateway.archive.imports import imported, needed

AWS_SERVICES = ("dynamodb", "firehose", "s3", "sts")
"""Services that the gateway calls: its table, its response logs, its monthly files, and its role."""
_DATA = "botocore/data/"
_MESSAGES = "xds_protos-"
_METADATA = ("METADATA", "LICENSE", "LICENCE", "COPYING", "NOTICE", "AUTHORS", "licenses")


def pruned(files: Mapping[str, Path], sources: Iterable[Path]) -> dict[str, Path]:
    """Those of the packages' files that ``sources`` need, by path in the archive.

    Raises:
        ArchiveError: a package does not list its files, or lacks a service.
    """
    messages = _recorded(files)
    modules = {name: files[name] for name in messages if name.endswith(".py") and name in files}
    wanted = needed(modules, imported(sources))
    kept = {name: path for name, path in files.items() if _kept(name) and (name not in modules or name in wanted)}
    if absent := [each for each in AWS_SERVICES if not any(name.startswith(f"{_DATA}{each}/") for name in kept)]:
        raise ArchiveError(f"gateway archive: botocore has no description of {absent[0]}: pin a release that has")
    return kept


def _recorded(files: Mapping[str, Path]) -> set[str]:
    """Files of the package with Envoy's messages, which has several top-level packages."""
    record = next(
        (path for name, path in files.items() if name.startswith(_MESSAGES) and name.endswith("/RECORD")), None
    )
    if record is None:
        raise ArchiveError("gateway archive: xds-protos has no RECORD: pin a release that has")
    return {line.rpartition(",")[0].rpartition(",")[0] for line in record.read_text(encoding="utf-8").splitlines()}


def _kept(name: str) -> bool:
    first, _, rest = name.partition("/")
    if first == "bin" or name.endswith((".pyc", ".pyi", ".pyx", ".pxd", ".pxi")):
        return False
    if first.endswith(".dist-info"):
        # For people and scanners that look for what is inside; installers' records differ from machine to machine.
        return rest.split("/")[0].startswith(_METADATA)
    if name.startswith(_DATA):
        service, _, file = name.removeprefix(_DATA).partition("/")
        return not file or (service in AWS_SERVICES and "examples-1" not in file)
    return True
