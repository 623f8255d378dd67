"""Releases that are installed: Helm's own code, and Pulumi's state around it.

What each input does, and what a failure leaves, follows ``provider/pkg/provider/helm_release.go`` of
pulumi/pulumi-kubernetes. That provider holds Helm 3, this one Helm 4, set to apply on the client's side as Helm 3 does.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from rehearsal.controlplane.client import KubeClient, Object
from rehearsal.controlplane.errors import KubeError, NotFoundError, UnknownKindError
from rehearsal.kubernetes.helm import chart_source, options, rendered
from rehearsal.kubernetes.helm.chart_loading import update_dependencies
from rehearsal.kubernetes.helm.library import Cancellation, HelmLibrary, StoredRelease
from rehearsal.kubernetes.helm.library_errors import ClusterAwayError, HelmError, ReleaseNotFoundError
from rehearsal.kubernetes.helm.release_outputs import outputs_of, planned
from rehearsal.kubernetes.helm.release_wait import ReleaseWait
from rehearsal.kubernetes.kinds import object_id, parse_id
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits
from rehearsal.kubernetes.waiting.waiter import held_by
from rehearsal.plugins.errors import InitFailedError, ProviderError
from rehearsal.plugins.provider import Created, Properties, Read

T = TypeVar("T")


class InstalledReleases:
    """The releases of one cluster."""

    def __init__(
        self,
        client: KubeClient,
        helm: Callable[[str], HelmLibrary],
        limits: WaitLimits,
        cancelled: threading.Event,
    ) -> None:
        """Load nothing yet.

        Args:
            client: The cluster.
            helm: Helm for a namespace.
            limits: Of waits.
            cancelled: Set when the engine cancels.
        """
        self._client, self._helm, self._limits, self._cancelled = client, helm, limits, cancelled

    def create(self, inputs: Properties, *, preview: bool) -> Created:
        """Install the release."""
        if preview:
            return Created(id="", outputs=planned(inputs))
        resource_id = object_id(inputs["namespace"], inputs["name"])
        helm, before = self._helm(inputs["namespace"]), self._find(inputs["namespace"], inputs["name"])
        made = self._run(helm.install, inputs, options.of_install(inputs), before=before, title=_title(resource_id))
        return Created(id=resource_id, outputs=outputs_of(inputs, made))

    def update(self, resource_id: str, inputs: Properties, *, preview: bool) -> Properties:
        """Upgrade the release."""
        if preview:
            return planned(inputs)
        namespace, name = _parts(resource_id)
        helm, before = self._helm(namespace), self._find(namespace, name)
        if before is None:
            raise ProviderError(f"{_title(resource_id)}: something else uninstalled it: `pulumi refresh`, then again")
        made = self._run(helm.upgrade, inputs, options.of_upgrade(inputs), before=before, title=_title(resource_id))
        return outputs_of(inputs, made)

    def read(self, resource_id: str, inputs: Properties) -> Read | None:
        """The release as Helm has it: what others changed shows in the outputs.

        As with the real provider the inputs stay as they were, so that the next update does not take it back; those of
        an import come from the release.
        """
        namespace, name = _parts(resource_id)
        found = self._find(namespace, name)
        if found is None:
            return None
        values = self._patiently(lambda: self._helm(namespace).values_of(name), _title(resource_id))
        known: Properties = {"name": name, "namespace": namespace, "chart": found.chart, "version": found.version}
        live = {**(inputs or known), "values": {**(inputs.get("values") or {}), **values}}
        return Read(id=resource_id, inputs=inputs or live, outputs=outputs_of(live, found))

    def delete(self, resource_id: str, outputs: Properties) -> None:
        """Uninstall the release, and unless `skipAwait` is set wait until all that it made is gone.

        As with the real provider, a release that something else uninstalled is an error until a refresh.
        """
        namespace, name = _parts(resource_id)
        waits = bool(outputs.get("atomic")) or not outputs.get("skipAwait")
        found = self._find(namespace, name)
        helm = self._helm(namespace)
        try:
            self._patiently(
                lambda: helm.uninstall(name, timeout=options.timeout(outputs), wait=waits),
                _title(resource_id),
                HelmError,
            )
        except ReleaseNotFoundError as error:
            raise ProviderError(
                f"{_title(resource_id)}: {error}; something else uninstalled it: `pulumi refresh`, then again"
            ) from error
        except HelmError as error:
            left = self._left(found) if found else ""
            raise ProviderError(f"{_title(resource_id)}: {error}{'; ' + left if left else ''}") from error

    def _run(
        self,
        action: Callable[..., StoredRelease],
        inputs: Properties,
        given: dict[str, Any],
        *,
        before: StoredRelease | None,
        title: str,
    ) -> StoredRelease:
        """Install or upgrade; a failure that leaves a release keeps it in Pulumi's state."""
        namespace, name = inputs["namespace"], inputs["name"]
        revision = before.revision if before else 0
        try:
            chart = chart_source.load(inputs)
            if inputs.get("dependencyUpdate") and isinstance(chart, str):
                update_dependencies(chart)
        except (chart_source.ChartNotFoundError, chart_source.RepositoryAwayError, HelmError) as error:
            raise ProviderError(f"{title}: {error}") from error
        cancellation = Cancellation()

        def applied() -> list[Object] | None:
            stored = self._find(namespace, name)
            return rendered.objects_in(stored.manifest) if stored and stored.revision > revision else None

        wait = ReleaseWait(
            client=self._client,
            namespace=namespace,
            objects=applied,
            end=cancellation.cancel,
            limit=options.timeout(inputs),
            limits=self._limits,
            cancelled=self._cancelled,
            for_jobs=bool(inputs.get("waitForJobs")),
        )
        try:
            with wait:
                return action(chart, name, inputs.get("values") or {}, given, cancellation)
        except HelmError as error:
            reason = f"{wait.reason}; {error}" if wait.reason else str(error)
            left = self._find(namespace, name)
            if left is None or left.revision <= revision:
                raise ProviderError(f"{title}: {reason}{_way_out(before, str(error))}") from error
            state = f"it is {left.status}, `helm history {name} -n {namespace}` shows more"
            raise InitFailedError(
                object_id(namespace, name), outputs_of(inputs, left), inputs, [f"{title}: {reason}; {state}"]
            ) from error

    def _find(self, namespace: str, name: str) -> StoredRelease | None:
        return self._patiently(lambda: self._helm(namespace).find(name), _title(object_id(namespace, name)))

    def _patiently(self, call: Callable[[], T], title: str, passes: type[Exception] | tuple[()] = ()) -> T:
        """What ``call`` returns; repeated once where the API server was away, after it has come back.

        Helm gives up at once when it does not answer, while everything else here waits for one that is being restarted.
        Errors of type ``passes`` are the caller's.
        """
        try:
            try:
                return call()
            except ClusterAwayError:
                self._client.request("GET", "/version")
                return call()
        except passes:
            raise
        except (HelmError, KubeError) as error:
            raise ProviderError(f"{title}: {error}") from error

    def _left(self, release: StoredRelease) -> str:
        """Return what of the release is still there, and what holds it."""
        held = []
        for item in rendered.objects_in(release.manifest):
            metadata = item["metadata"]
            namespace = metadata.get("namespace") or release.namespace
            try:
                live = self._client.get(item["apiVersion"], item["kind"], metadata["name"], namespace)
            except (NotFoundError, UnknownKindError):
                continue
            except KubeError as error:
                return str(error)
            if live["metadata"].get("deletionTimestamp"):
                held.append(f'{item["kind"]} "{metadata["name"]}" is still there, {held_by(live)}')
        return "; ".join(held)


def _title(resource_id: str) -> str:
    return f'Helm release "{resource_id}"'


def _parts(resource_id: str) -> tuple[str, str]:
    namespace, name = parse_id(resource_id)
    return namespace or "default", name


def _way_out(before: StoredRelease | None, message: str) -> str:
    """What to do about a release that is there already, or that an update which was killed holds."""
    if before is None:
        return ""
    where = f"{before.name} -n {before.namespace}"
    if "another operation" in message:
        return f". It is {before.status}: an update that was killed left it. `helm rollback {where}`, then again"
    if "still in use" not in message:
        return ""
    if before.status.startswith("pending"):
        return f". It is {before.status}: an update that was killed left it. `helm uninstall {where}`, then again"
    return (
        f". It is {before.status}, revision {before.revision}: `pulumi import kubernetes:helm.sh/v3:Release NAME "
        f"{before.namespace}/{before.name}`, or `helm uninstall {where}`, then again"
    )
