"""The kubernetes provider: hooks for any object of the Kubernetes API, and for Helm releases."""

import logging
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rehearsal.controlplane.errors import KubeError, UnreachableError
from rehearsal.kubernetes import differences, drift, inputs, replace_unready
from rehearsal.kubernetes.kinds import HELM_RELEASE, Kind, object_id, parse_id
from rehearsal.kubernetes.objects import FIELD_MANAGER, Objects, field_manager, outputs_of
from rehearsal.kubernetes.previews import planned
from rehearsal.kubernetes.settings import ProviderSettings, refused, server_of
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits
from rehearsal.kubernetes.waiting.waiter import NotReadyError, until_ready
from rehearsal.plugins.errors import InitFailedError, ProviderError
from rehearsal.plugins.provider import Checked, Created, Diff, Failure, Properties, Provider, Read, Resource

if TYPE_CHECKING:
    from rehearsal.kubernetes.helm.releases import Releases


class KubernetesProvider(Provider):
    """Any object of the Kubernetes API, and Helm releases."""

    package: ClassVar[str] = "kubernetes"
    version: ClassVar[str] = "4.34.2"

    def __init__(self) -> None:
        super().__init__()
        self._settings = ProviderSettings()
        self._limits = WaitLimits.of(os.environ)
        self._objects: Objects | None = None
        self._away = False
        self._lock = threading.Lock()

    @property
    def objects(self) -> Objects:
        """The cluster's objects, once the provider knows its cluster."""
        with self._lock:
            if self._objects is None:
                client = self._settings.client()
                client.patience = self._limits.api_seconds
                self._objects = Objects(client, self.cancelled, self._settings.writing, self._limits)
            return self._objects

    @property
    def releases(self) -> "Releases":
        """The Helm releases of the cluster, which may not be known yet."""
        # Charts bring the settings' models along, 9 MB that a process without a release does without.
        from rehearsal.kubernetes.helm.releases import Releases  # noqa: PLC0415 - see above

        return Releases(
            client=lambda: self.objects.client,
            kubeconfig=(self._settings.kubeconfig, self._settings.context),
            limits=self._limits,
            cancelled=self.cancelled,
        )

    def check_config(self, inputs: Properties) -> Checked:
        """Reject settings that this emulator does not implement."""
        reason = "the rehearsal's kubernetes provider does not know this setting; omit it"
        return Checked(inputs=inputs, failures=[Failure(property=key, reason=reason) for key in refused(inputs)])

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """Replace everything if the API server is another: it is another cluster."""
        diffs = [key for key in {**olds, **news} if olds.get(key) != news.get(key)]
        names = (olds.get(_CLUSTER), news.get(_CLUSTER))
        if all(names):
            return Diff(diffs=sorted(diffs), replaces=[_CLUSTER] if names[0] != names[1] else [])
        before, after = server_of(olds.get("kubeconfig")), server_of(news.get("kubeconfig"))
        moved = before is not None and after is not None and before != after
        return Diff(diffs=sorted(diffs), replaces=["kubeconfig"] if moved else [])

    def configure(self, inputs: Properties) -> None:
        """Remember the cluster; it is called only when it is needed."""
        self._settings = ProviderSettings.of(inputs)
        with self._lock:
            before, self._objects = self._objects, None
        if before is not None:
            before.client.close()
        self._away = False

    def check(self, resource: Resource, olds: Properties, news: Properties, random_seed: bytes) -> Checked:
        """Fill in kind, name and namespace."""
        if resource.type == HELM_RELEASE:
            return self.releases.check(resource, olds, news, self._settings.namespace)
        return inputs.check(resource, Kind.of(resource.type), olds, news, self._settings.namespace, random_seed)

    def diff(
        self,
        resource: Resource,
        resource_id: str,
        *,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> Diff:
        """Compare the object as it was last seen with the inputs of now."""
        olds = old_inputs or old_outputs
        if resource.type == HELM_RELEASE:
            return self.releases.diff(olds, news, ignore_changes)
        kind = Kind.of(resource.type)
        found = differences.compare(kind, olds, news, self._settings.mutable, live=old_outputs, ignored=ignore_changes)
        if replace_unready.wants_replacement(kind, news) and self._is_unready(kind, old_outputs or olds):
            return replace_unready.replacing(found, same_place=differences.same_place(olds, news))
        return found

    def _is_unready(self, kind: Kind, old: Properties) -> bool:
        """Return whether the live object exists and is not ready; one that cannot be read is not."""
        metadata = old["metadata"]
        try:
            live = self.objects.read(kind, metadata["name"], metadata.get("namespace"))
        except ProviderError as error:
            logging.getLogger(__name__).warning("%s is not checked: %s", replace_unready.ANNOTATION, error)
            return False
        return live is not None and not replace_unready.is_ready(live)

    def create(self, resource: Resource, inputs: Properties, *, preview: bool, timeout: float) -> Created:
        """Create the object and wait for it."""
        if resource.type == HELM_RELEASE:
            return self.releases.create(inputs, preview=preview)
        manager = field_manager(inputs)
        if preview:
            return Created(id="", outputs=self._preview(resource, inputs, manager, new=True))
        live = self.objects.create(inputs, manager, _title(Kind.of(resource.type), inputs))
        outputs = self._await(resource, inputs, live, manager, timeout)
        metadata = outputs["metadata"]
        return Created(id=object_id(metadata.get("namespace"), metadata["name"]), outputs=outputs)

    def update(
        self,
        resource: Resource,
        resource_id: str,
        *,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
        preview: bool,
        timeout: float,
    ) -> Properties:
        """Apply again and wait."""
        if resource.type == HELM_RELEASE:
            return self.releases.update(resource_id, news, preview=preview)
        manager = str(old_outputs.get(FIELD_MANAGER) or field_manager(news))
        if preview:
            return self._preview(resource, news, manager, new=False, ignored=ignore_changes)
        live = self.objects.update(news, manager, _title(Kind.of(resource.type), news), ignore_changes)
        return self._await(resource, news, live, manager, timeout)

    def read(self, resource: Resource, resource_id: str, inputs: Properties, outputs: Properties) -> Read | None:
        """The live object, and inputs that show what others changed of ours."""
        if resource.type == HELM_RELEASE:
            return self.releases.read(resource_id, inputs)
        kind = Kind.of(resource.type)
        namespace, name = parse_id(resource_id)
        live = self.objects.read(kind, name, namespace)
        if live is None:
            return None
        found = drift.live_inputs(inputs, live) if inputs else drift.whole_inputs(live)
        manager = str(outputs.get(FIELD_MANAGER) or field_manager(inputs))
        return Read(id=resource_id, inputs=_hidden(kind, found), outputs=_hidden(kind, outputs_of(live, manager)))

    def delete(
        self, resource: Resource, resource_id: str, inputs: Properties, outputs: Properties, *, timeout: float
    ) -> None:
        """Delete it and wait until it no longer exists."""
        if resource.type == HELM_RELEASE:
            self.releases.delete(resource_id, outputs or inputs)
            return
        namespace, name = parse_id(resource_id)
        annotations = ((inputs or outputs).get("metadata") or {}).get("annotations") or {}
        self.objects.delete(Kind.of(resource.type), name, namespace, annotations=annotations, timeout=timeout)

    def _preview(
        self, resource: Resource, inputs: Properties, manager: str, *, new: bool, ignored: Sequence[str] = ()
    ) -> Properties:
        kind = Kind.of(resource.type)
        if self._away:
            return _hidden(kind, inputs)
        try:
            result = planned(self.objects, kind, inputs, manager, _title(kind, inputs), exists=not new, ignored=ignored)
        except UnreachableError:
            # A preview may run while the sandbox is down, and one wait tells for all objects; the update then reports it.
            self._away = True
            result = inputs
        return _hidden(kind, result)

    def _await(
        self, resource: Resource, inputs: Properties, live: Properties, manager: str, timeout: float
    ) -> Properties:
        kind = Kind.of(resource.type)
        title = _title(kind, inputs)
        metadata = live["metadata"]
        resource_id = object_id(metadata.get("namespace"), metadata["name"])
        try:
            ready = until_ready(
                self.objects.client, live, timeout=timeout, limits=self._limits, cancelled=self.cancelled
            )
        except NotReadyError as error:
            outputs = _hidden(kind, outputs_of(error.live, manager))
            raise InitFailedError(resource_id, outputs, _hidden(kind, inputs), [f"{title}: {error}"]) from error
        except KubeError as error:
            outputs = _hidden(kind, outputs_of(live, manager))
            raise InitFailedError(resource_id, outputs, _hidden(kind, inputs), [f"{title}: {error}"]) from error
        return _hidden(kind, outputs_of(ready, manager))


_CLUSTER = "clusterIdentifier"


def _hidden(kind: Kind, values: Properties) -> Properties:
    return inputs.hide(kind, values)


def _title(kind: Kind, given: Properties) -> str:
    metadata = given.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f'{kind.kind} "{name}"' if isinstance(name, str) else kind.kind
