"""Creating, updating, reading and deleting one object of the API."""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rehearsal.controlplane.client import KubeClient, Object, without_managed_fields
from rehearsal.controlplane.errors import ApiError, ConflictError, KubeError, NotFoundError, UnknownKindError
from rehearsal.kubernetes.api_errors import PATCH_FORCE, explain
from rehearsal.kubernetes.field_managers import CREATOR, taken_over, without_theirs
from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.waiting.wait_limits import WaitLimits
from rehearsal.kubernetes.waiting.waiter import skips_await, time_limit, until_gone
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties

FIELD_MANAGER = "__fieldManager"
_PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
# `allowsSkipAwaitWithDelete` in provider/pkg/metadata/overrides.go.
_DELETED_WITHOUT_AWAIT = frozenset(
    {
        ("apps/v1", "DaemonSet"),
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "Job"),
        ("v1", "Namespace"),
        ("v1", "Pod"),
        ("v1", "ReplicationController"),
    }
)
_TRIES = 6
_TAKEOVERS = 5


@dataclass(frozen=True, kw_only=True)
class WriteOptions:
    """Options for writes, from the provider's settings.

    Attributes:
        upsert: `upsertExistingObjects`: a create takes over an object of that name that is there already.
        force: `enablePatchForce`: fields of other managers are taken over.
    """

    upsert: bool = False
    force: bool = False


class Objects:
    """One cluster's objects."""

    def __init__(
        self,
        client: KubeClient,
        cancelled: threading.Event,
        writing: WriteOptions | None = None,
        limits: WaitLimits | None = None,
    ) -> None:
        self.client = client
        self._writing = writing or WriteOptions()
        self._limits = limits or WaitLimits()
        self._cancelled = cancelled

    def create(self, inputs: Properties, manager: str, title: str) -> Object:
        """POST the object, or with `Writing.upsert` apply it server-side.

        A namespace or kind that is missing may be on its way: the call is repeated with growing pauses, as
        pulumi-kubernetes does (`await.Creation`).

        Raises:
            ProviderError: the API server refuses it, or has an object of that name.
        """
        try:
            return self._patiently(lambda: self.post(inputs, manager))
        except ApiError as error:
            raise ProviderError(explain(error, inputs, title)) from error
        except KubeError as error:
            raise ProviderError(f"{title}: {error}") from error

    def post(self, inputs: Properties, manager: str, *, dry_run: bool = False) -> Object:
        """One call of a create.

        Raises:
            KubeError: as the API server answers.
        """
        if self._writing.upsert:
            force = dry_run or self.forces(inputs)
            return self.client.apply(inputs, field_manager=manager, force=force, dry_run=dry_run)
        return self.client.create(inputs, field_manager=CREATOR, dry_run=dry_run)

    def update(self, inputs: Properties, manager: str, title: str, ignored: Sequence[str] = ()) -> Object:
        """Apply the object, which must be there, server-side; what its creation set is taken over first.

        Fields at the paths ``ignored`` are left to whoever owns them.
        """
        try:
            self._take_over(inputs, manager)
            inputs = self.leaving(inputs, manager, ignored)
            return self.client.apply(inputs, field_manager=manager, force=self.forces(inputs))
        except NotFoundError as error:
            raise ProviderError(f"{title}: {error}; something else deleted it: `pulumi refresh`, then again") from error
        except ApiError as error:
            raise ProviderError(explain(error, inputs, title)) from error
        except KubeError as error:
            raise ProviderError(f"{title}: {error}") from error

    def leaving(self, inputs: Properties, manager: str, ignored: Sequence[str]) -> Properties:
        """``inputs`` without what is ignored and others own."""
        return without_theirs(inputs, self.read_at(inputs), manager, ignored) if ignored else inputs

    def forces(self, inputs: Properties) -> bool:
        """Return whether an update takes fields from other managers."""
        annotations = inputs["metadata"].get("annotations") or {}
        return self._writing.force or str(annotations.get(PATCH_FORCE, "")).lower() == "true"

    def _patiently(self, call: Callable[[], Object]) -> Object:
        for number in range(_TRIES):
            try:
                return call()
            except (NotFoundError, UnknownKindError):
                if number + 1 == _TRIES or self._cancelled.wait(self._limits.retry_seconds * 2**number):
                    raise
        raise AssertionError("unreachable")

    def _take_over(self, inputs: Properties, manager: str) -> None:
        """Make what a create's POST set a part of what ``manager`` applies, so that it can change and remove it."""
        metadata = inputs["metadata"]
        where = (inputs["apiVersion"], inputs["kind"], metadata["name"], metadata.get("namespace"))
        for attempt in range(_TAKEOVERS):
            live = self.read_at(inputs)
            fields = taken_over(live["metadata"].get("managedFields") or [], manager)
            if fields is None:
                return
            version = live["metadata"]["resourceVersion"]
            patch = [
                {"op": "replace", "path": "/metadata/managedFields", "value": fields},
                {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
            ]
            try:
                self.client.patch(*where, patch, kind_of_patch="json", field_manager=manager)
            except ConflictError:
                # A controller wrote in between.
                if attempt + 1 == _TAKEOVERS:
                    raise
            else:
                return

    def read_at(self, manifest: Properties) -> Object:
        """The object that a manifest is about; NotFoundError if there is none."""
        metadata = manifest["metadata"]
        return self.client.get(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))

    def read(self, kind: Kind, name: str, namespace: str | None) -> Object | None:
        """The object, None if the API server says that there is none."""
        try:
            return self.client.get(kind.api_version, kind.kind, name, namespace)
        except NotFoundError:
            return None
        except UnknownKindError as error:
            raise ProviderError(
                f"{kind} {name}: {error}; if its definition is deleted for good, `pulumi state delete` it"
            ) from error
        except KubeError as error:
            raise ProviderError(f"{kind} {name}: {error}") from error

    def delete(self, kind: Kind, name: str, namespace: str | None, *, annotations: Properties, timeout: float) -> None:
        """Delete it and wait until it no longer exists, finalizers included.

        `pulumi.com/skipAwait` counts for the kinds for which pulumi-kubernetes still observes it.
        """
        ours: Object = {"metadata": {"annotations": annotations}}
        policy = {"orphan": "Orphan", "background": "Background"}.get(
            str(annotations.get(_PROPAGATION, "")).lower(), "Foreground"
        )
        where = (kind.api_version, kind.kind)
        try:
            live = self.client.get(*where, name, namespace)
            self.client.delete(*where, name, namespace, propagation=policy, uid=live["metadata"]["uid"])  # type: ignore[arg-type]
            if skips_await(ours) and where in _DELETED_WITHOUT_AWAIT:
                return
            held = until_gone(
                self.client,
                where,
                name,
                namespace,
                live["metadata"]["uid"],
                timeout=time_limit(ours, timeout),
                cancelled=self._cancelled,
                limits=self._limits,
            )
        except (NotFoundError, UnknownKindError):
            # Its definition went first, and took every object along.
            return
        except KubeError as error:
            raise ProviderError(f"{kind} {name}: not deleted: {error}") from error
        if held:
            raise ProviderError(f"{kind} {name}: {held}")


def field_manager(inputs: Properties) -> str:
    """The manager that updates apply as: the one its annotation names, else a new one, kept in the state."""
    annotations = (inputs.get("metadata") or {}).get("annotations")
    named = annotations.get(_PATCH_FIELD_MANAGER) if isinstance(annotations, dict) else None
    return named if isinstance(named, str) and named else f"pulumi-kubernetes-{secrets.token_hex(4)}"


def outputs_of(live: Object, manager: str) -> Properties:
    """Return what is kept of an object in Pulumi's state."""
    return {**without_managed_fields(live), FIELD_MANAGER: manager}
