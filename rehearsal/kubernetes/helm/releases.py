"""The resource type `kubernetes:helm.sh/v3:Release`: installed or recorded, by its chart."""

import threading
from collections.abc import Callable, Sequence

from rehearsal.controlplane.client import KubeClient
from rehearsal.kubernetes.differences import changes
from rehearsal.kubernetes.helm import chart_source, release_inputs, rendered
from rehearsal.kubernetes.helm.installed import InstalledReleases
from rehearsal.kubernetes.helm.library import HelmLibrary
from rehearsal.kubernetes.helm.recorded import RecordedReleases
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits
from rehearsal.plugins.provider import Checked, Created, Diff, Failure, Properties, Read, Resource
from rehearsal.plugins.wire import Unknown, contains_unknown, unwrap

_COMPUTED = ("checksum", "resourceNames")


class Releases:
    """The releases of one cluster."""

    def __init__(
        self,
        *,
        client: Callable[[], KubeClient],
        kubeconfig: tuple[str, str | None],
        limits: WaitLimits,
        cancelled: threading.Event,
    ) -> None:
        """Contact nothing yet.

        Args:
            client: Makes the cluster's client.
            kubeconfig: Its kubeconfig's text, and the context in it.
            limits: Of waits.
            cancelled: Set when the engine cancels.
        """
        self._client, self._kubeconfig, self._limits, self._cancelled = client, kubeconfig, limits, cancelled

    @staticmethod
    def check(resource: Resource, olds: Properties, news: Properties, default_namespace: str) -> Checked:
        """Fill in defaults, and refuse what Helm or the chart would refuse.

        As with the real provider, `checksum` and `resourceNames` of the rendered chart are inputs, once every input is known.
        """
        inputs = release_inputs.with_defaults(resource, olds, unwrap(news), default_namespace)
        failures = release_inputs.refused(inputs)
        if failures or isinstance(inputs.get("chart"), Unknown) or contains_unknown(inputs.get("repositoryOpts")):
            return Checked(inputs=inputs, failures=failures)
        if not inputs.get("chart"):
            return Checked(inputs=inputs, failures=[Failure(property="chart", reason="required")])
        if chart_source.is_recorded(inputs):
            return Checked(inputs=inputs, failures=chart_source.missing_values(inputs))
        try:
            inputs = release_inputs.with_values(inputs)
            found = rendered.check(chart_source.load(inputs), inputs) if not _is_open(inputs) else None
        except chart_source.RepositoryAwayError:
            # A preview may run while the sandbox is down.
            return Checked(inputs=inputs | {key: olds[key] for key in _COMPUTED if key in olds})
        except chart_source.ChartNotFoundError as error:
            return Checked(inputs=inputs, failures=[Failure(property="chart", reason=str(error))])
        except (rendered.InvalidValuesError, ValueError) as error:
            return Checked(inputs=inputs, failures=[Failure(property="values", reason=str(error))])
        if found is not None and not contains_unknown(inputs):
            inputs |= {"checksum": found.checksum, "resourceNames": found.resource_names}
        return Checked(inputs=inputs)

    @staticmethod
    def diff(olds: Properties, news: Properties, ignored: Sequence[str] = ()) -> Diff:
        """A release is replaced when it gets another name or namespace, else upgraded."""
        if "checksum" in ignored and "checksum" in olds:
            news = {**news, "checksum": olds["checksum"]}
        detailed = dict(changes(olds, news))
        replaces = [path for path in detailed if path in ("name", "namespace")]
        diffs = sorted({path.split(".")[0].split("[")[0] for path in detailed})
        return Diff(diffs=diffs, replaces=replaces, detailed=detailed)

    def create(self, inputs: Properties, *, preview: bool) -> Created:
        """Install or record a release."""
        return self._of(inputs).create(inputs, preview=preview)

    def update(self, resource_id: str, inputs: Properties, *, preview: bool) -> Properties:
        """Upgrade a release, or record its next revision."""
        return self._of(inputs).update(resource_id, inputs, preview=preview)

    def read(self, resource_id: str, inputs: Properties) -> Read | None:
        """The release as it is; one that is imported is an installed one."""
        if inputs and chart_source.is_recorded(inputs):
            return self._recorded().read(resource_id)
        return self._installed().read(resource_id, inputs)

    def delete(self, resource_id: str, outputs: Properties) -> None:
        """Uninstall or forget a release."""
        if chart_source.is_recorded(outputs):
            self._recorded().delete(resource_id)
        else:
            self._installed().delete(resource_id, outputs)

    def _of(self, inputs: Properties) -> RecordedReleases | InstalledReleases:
        return self._recorded() if chart_source.is_recorded(inputs) else self._installed()

    def _recorded(self) -> RecordedReleases:
        return RecordedReleases(self._client())

    def _installed(self) -> InstalledReleases:
        return InstalledReleases(
            self._client(), lambda namespace: HelmLibrary(*self._kubeconfig, namespace), self._limits, self._cancelled
        )


def _is_open(inputs: Properties) -> bool:
    """Whether which chart it is, or all of its values, is not known yet."""
    return isinstance(inputs.get("version"), Unknown) or isinstance(inputs.get("values"), Unknown)
