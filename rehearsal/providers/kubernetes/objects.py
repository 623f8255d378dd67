"""Applying, trying out, reading and deleting one object of the API."""

import hashlib
import threading

from rehearsal.controlplane.client import KubeClient, Object, without_managed_fields
from rehearsal.controlplane.errors import (
    ApiError,
    ConflictError,
    InvalidError,
    KubeError,
    NotFoundError,
    UnknownKindError,
)
from rehearsal.providers.errors import ProviderError
from rehearsal.providers.kubernetes.inputs import known
from rehearsal.providers.kubernetes.kinds import Kind
from rehearsal.providers.kubernetes.messages import PATCH_FORCE, explain, is_malformed
from rehearsal.providers.kubernetes.waiting.waiter import until_gone
from rehearsal.providers.wire import UNKNOWN, Properties, contains_unknown, unwrap

FIELD_MANAGER = "__fieldManager"
_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_FILLED_IN = ("creationTimestamp", "resourceVersion", "uid")


class Objects:
    """One cluster's objects, as the field manager of one resource each."""

    def __init__(self, client: KubeClient, cancelled: threading.Event) -> None:
        self.client = client
        self._cancelled = cancelled

    def apply(self, inputs: Properties, manager: str, title: str) -> Object:
        """Server-side apply; an object of that name that is on its way out is waited for first."""
        for _ in range(2):
            try:
                live = self.client.apply(inputs, field_manager=manager, force=_force(inputs))
            except ApiError as error:
                raise ProviderError(explain(error, inputs, title)) from error
            except KubeError as error:
                raise ProviderError(f"{title}: {error}") from error
            if not live["metadata"].get("deletionTimestamp"):
                return live
            metadata = live["metadata"]
            kind = (inputs["apiVersion"], inputs["kind"])
            held = until_gone(
                self.client,
                kind,
                metadata["name"],
                metadata.get("namespace"),
                metadata["uid"],
                timeout=120,
                cancelled=self._cancelled,
            )
            if held:
                raise ProviderError(f"{title}: an object of this name is being deleted: {held}")
        raise ProviderError(f"{title}: it is deleted as soon as it is made; something else removes it")

    def try_out(self, kind: Kind, inputs: Properties, manager: str, title: str, *, exists: bool) -> Object | None:
        """Server-side dry run: what the object would be, or None where that cannot be known yet.

        Raises:
            ProviderError: the API server would refuse it.
        """
        complete = not contains_unknown(inputs)
        manifest = inputs if complete else known(inputs)
        metadata = manifest.get("metadata")
        if not isinstance(metadata, dict):
            return None
        if not metadata.get("name"):
            manifest = {**manifest, "metadata": {**metadata, "name": "not-known-yet"}}
        try:
            answer = self._dry_run(manifest, manager)
        except UnknownKindError as error:
            if kind.built_in:
                raise ProviderError(f"{title}: {error}") from error
            return None
        except ApiError as error:
            return self._judge(error, manifest, manager, title, complete=complete, exists=exists)
        return answer if complete else None

    def _judge(
        self, error: ApiError, manifest: Object, manager: str, title: str, *, complete: bool, exists: bool
    ) -> Object | None:
        """Tell a manifest that is wrong from a cluster that is not as far as the manifest needs it."""
        if not complete and not is_malformed(error):
            return None
        namespace_missing = isinstance(error, NotFoundError) and error.details.get("kind") == "namespaces"
        replaced = not exists and isinstance(error, InvalidError) and self._is_there(manifest)
        if namespace_missing:
            # The namespace comes in the same run: judge the manifest in one that is there.
            manifest = _moved(manifest, namespace="default")
        elif replaced:
            # The old object is deleted before this one is made: judge it under a name of its own.
            manifest = _moved(manifest, name=f"preview-{_short(manifest['metadata']['name'])}")
        else:
            raise ProviderError(explain(error, manifest, title)) from error
        try:
            self._dry_run(manifest, manager)
        except (NotFoundError, ConflictError):
            return None
        except ApiError as again:
            raise ProviderError(explain(again, manifest, title)) from again
        return None

    def _dry_run(self, manifest: Object, manager: str) -> Object:
        return self.client.apply(manifest, field_manager=manager, force=_force(manifest), dry_run=True)

    def _is_there(self, manifest: Object) -> bool:
        metadata = manifest["metadata"]
        try:
            self.client.get(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))
        except NotFoundError:
            return False
        return True

    def read(self, kind: Kind, name: str, namespace: str | None) -> Object | None:
        """The object, None if the API server says that there is none."""
        try:
            return self.client.get(kind.api_version, kind.kind, name, namespace)
        except NotFoundError:
            return None
        except UnknownKindError as error:
            raise ProviderError(
                f"{kind} {name}: {error}; if its definition is gone for good, `pulumi state delete` it"
            ) from error
        except KubeError as error:
            raise ProviderError(f"{kind} {name}: {error}") from error

    def delete(self, kind: Kind, name: str, namespace: str | None, *, annotations: Properties, timeout: float) -> None:
        """Delete and wait until it is gone."""
        policy = {"orphan": "Orphan", "background": "Background"}.get(
            str(annotations.get(_PROPAGATION, "")).lower(), "Foreground"
        )
        where = (kind.api_version, kind.kind)
        try:
            live = self.client.get(*where, name, namespace)
            self.client.delete(*where, name, namespace, propagation=policy, uid=live["metadata"]["uid"])  # type: ignore[arg-type]
            held = until_gone(
                self.client, where, name, namespace, live["metadata"]["uid"], timeout=timeout, cancelled=self._cancelled
            )
        except (NotFoundError, UnknownKindError):
            # Its definition went first, and took every object along.
            return
        except KubeError as error:
            raise ProviderError(f"{kind} {name}: not deleted: {error}") from error
        if held:
            raise ProviderError(f"{kind} {name}: {held}")


def field_manager(urn: str) -> str:
    """A name of its own for each resource, the same on every run: two programs that share an object notice."""
    return f"pulumi-kubernetes-{_short(urn)}"


def outputs_of(live: Object, manager: str) -> Properties:
    """What goes into Pulumi's state."""
    return {**without_managed_fields(live), FIELD_MANAGER: manager}


def planned_outputs(inputs: Properties, tried: Object | None, manager: str, *, new: bool) -> Properties:
    """What a preview says of the object: unknown is what only the real apply can tell."""
    result: Properties = unwrap(without_managed_fields(tried) if tried else inputs)
    result[FIELD_MANAGER] = manager
    if not new:
        return result
    metadata = result.get("metadata")
    if isinstance(metadata, dict):
        metadata.update(dict.fromkeys(_FILLED_IN, UNKNOWN))
    result["status"] = UNKNOWN
    spec = result.get("spec")
    if inputs["kind"] == "Service" and isinstance(spec, dict):
        asked = inputs.get("spec") or {}
        spec.update({field: UNKNOWN for field in ("clusterIP", "clusterIPs") if field not in asked})
        if tried:
            spec["ports"] = unwrap(asked.get("ports"))
    return result


def _force(manifest: Object) -> bool:
    annotations = manifest["metadata"].get("annotations") or {}
    return str(annotations.get(PATCH_FORCE, "")).lower() == "true"


def _moved(manifest: Object, **metadata: str) -> Object:
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
