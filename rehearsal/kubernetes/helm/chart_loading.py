"""Charts through Helm's library: loaded, pulled, their dependencies updated."""

from typing import TYPE_CHECKING

from rehearsal.kubernetes.helm.library_errors import translated

if TYPE_CHECKING:
    from helm_python import Chart


def load(archive: bytes) -> "Chart":
    """The chart in a ``.tgz``.

    Raises:
        HelmError: it holds none.
    """
    from helm_python import Chart  # noqa: PLC0415 - loads the library

    with translated():
        return Chart.load_archive(archive)


def load_folder(path: str) -> "Chart":
    """The chart in a folder or file.

    Raises:
        HelmError: it holds none.
    """
    from helm_python import Chart  # noqa: PLC0415 - loads the library

    with translated():
        return Chart.load(path)


def pull(name: str, *, repository: str, version: str | None, folder: str) -> None:
    """``helm pull`` from a repository into a folder; the archive's digest must be that of the index.

    Raises:
        HelmError: the repository does not answer, or has no such chart and version.
    """
    from helm_python import pull as pulled  # noqa: PLC0415 - loads the library

    with translated():
        pulled(name, repo_url=repository, version=version, destination=folder)


def update_dependencies(path: str) -> None:
    """``helm dependency update`` of a chart's folder.

    Raises:
        HelmError: one is not to be found.
    """
    from helm_python import dependency_update  # noqa: PLC0415 - loads the library

    with translated():
        dependency_update(path)
