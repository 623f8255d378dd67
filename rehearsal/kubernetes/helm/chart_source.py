"""From where a release's chart is loaded: a repository on loopback, a folder, or the list of production's charts."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from rehearsal.charts import repository
from rehearsal.charts.chart_list import CHARTS, Chart, RecordedChart, chart_called
from rehearsal.engine.toolchain import ToolchainError
from rehearsal.kubernetes.helm import chart_loading
from rehearsal.kubernetes.helm.library_errors import HelmError
from rehearsal.plugins.provider import Failure
from rehearsal.plugins.wire import Properties, Unknown
from settings.artifacts.charts import OCI
from workspace.loopback import is_loopback

if TYPE_CHECKING:
    from helm_python import Chart as LoadedChart

_SECONDS = 10


class ChartNotFoundError(Exception):
    """No such chart; the message says what the rehearsal has."""


class RepositoryAwayError(Exception):
    """The repository on loopback does not answer: the sandbox is down."""


def is_recorded(inputs: Properties) -> bool:
    """Return whether the release's chart is one that is only written down."""
    found = _listed(inputs)
    return found is not None and isinstance(found.source, RecordedChart)


def missing_values(inputs: Properties) -> list[Failure]:
    """The values that the recorded chart of a release does not work without."""
    chart = chart_called(str(inputs["chart"]))
    values = inputs.get("values")
    if chart is None or not isinstance(chart.source, RecordedChart) or isinstance(values, Unknown):
        return []
    return [
        Failure(property=f"values.{key}", reason=f"chart {chart.name} does not work without it")
        for key in chart.source.required
        if not (values or {}).get(key)
    ]


def load(inputs: Properties) -> "LoadedChart | str":
    """The chart of a release: loaded from an archive, or the path of its folder.

    Raises:
        ChartNotFoundError: there is none.
        RepositoryAwayError: the repository does not answer.
    """
    chart, version = str(inputs["chart"]), inputs.get("version") or None
    url = repository_of(inputs)
    try:
        if url is not None and is_loopback_url(url):
            return chart_loading.load(_pulled(chart, url, version))
        if url is None and (path := Path(chart)).exists() and not chart.startswith(OCI):
            return str(path.absolute())
        return chart_loading.load(_from_list(inputs, version))
    except HelmError as error:
        raise ChartNotFoundError(f"chart {chart!r}: {error}") from error


def repository_of(inputs: Properties) -> str | None:
    """`repositoryOpts.repo`."""
    found = (inputs.get("repositoryOpts") or {}).get("repo")
    return str(found) if found else None


def is_loopback_url(url: str) -> bool:
    """Return whether a URL is on this machine."""
    return urlsplit(url).scheme in {"http", "https"} and is_loopback(urlsplit(url).hostname or "")


def _listed(inputs: Properties) -> Chart | None:
    """The listed chart that a release names as production does, or by its name in a repository on loopback."""
    name = inputs.get("chart")
    found = chart_called(name) if isinstance(name, str) else None
    if found is None or str(name).startswith(OCI):
        return found
    url = repository_of(inputs)
    if url is None and not isinstance(found.source, RecordedChart):
        return None
    return found if url is None or url.rstrip("/") == found.repository or is_loopback_url(url) else None


def _pulled(chart: str, url: str, version: str | None) -> bytes:
    with tempfile.TemporaryDirectory(prefix="llm-platform-chart-") as folder:
        try:
            chart_loading.pull(chart, repository=url, version=version, folder=folder)
        except HelmError as error:
            if "connection refused" in str(error):
                raise RepositoryAwayError(
                    f"{url} does not answer; is the rehearsal running? see `rehearse status`"
                ) from error
            raise ChartNotFoundError(f"chart {chart!r}: {_said(url) or error}") from error
        return next(Path(folder).glob("*.tgz")).read_bytes()


def _said(url: str) -> str:
    """Why the repository refuses its index, in its own words: Helm passes on the status only."""
    try:
        answer = httpx.get(f"{url.rstrip('/')}/index.yaml", timeout=_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return ""
    return " ".join(answer.text.split()) if answer.is_error else ""


def _from_list(inputs: Properties, version: str | None) -> bytes:
    found = _listed(inputs)
    names = ", ".join(sorted(chart.name for chart in CHARTS))
    if found is None:
        where = f" of {url}" if (url := repository_of(inputs)) else ""
        raise ChartNotFoundError(
            f"the rehearsal has no chart {inputs['chart']!r}{where}: it installs charts from folders, from repositories on "
            f"loopback, and those of rehearsal/charts/chart_list.py as production names them ({names})"
        )
    if version != found.pin:
        raise ChartNotFoundError(
            f"the rehearsal has chart {found.name} as version {found.pin}, not {version or 'the newest'}: give that "
            "version, or change rehearsal/charts/chart_list.py"
        )
    try:
        return (repository.prepare() / repository.archive_name(found)).read_bytes()
    except (ToolchainError, ValueError, OSError) as error:
        raise ChartNotFoundError(str(error)) from error
