"""Previews of an object: the API server's dry run where all of it is known, else its inputs."""

import hashlib
from collections.abc import Sequence

from rehearsal.controlplane.client import Object, without_managed_fields
from rehearsal.controlplane.errors import (
    AlreadyExistsError,
    ApiError,
    ConflictError,
    InvalidError,
    NotFoundError,
    UnknownKindError,
)
from rehearsal.kubernetes.api_errors import explain, is_malformed
from rehearsal.kubernetes.field_managers import CREATOR, without_theirs
from rehearsal.kubernetes.inputs import known
from rehearsal.kubernetes.kinds import Kind
from rehearsal.kubernetes.objects import FIELD_MANAGER, Objects
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.wire import Properties, contains_unknown, unwrap


def planned(
    objects: Objects,
    kind: Kind,
    inputs: Properties,
    manager: str,
    title: str,
    *,
    exists: bool,
    ignored: Sequence[str] = (),
) -> Properties:
    """The outputs that a preview gives.

    As with the real provider they are those of a dry run, so a `clusterIP` or `uid` in them is not the one that will
    be; `status` is left out of a new object. Where no dry run is possible (something is unknown, the kind or the
    namespace is not there yet, the object of a create is there already) they are the inputs.

    Raises:
        ProviderError: the API server would refuse the object.
    """
    tried = (
        _update(objects, inputs, manager, title, ignored) if exists else _create(objects, kind, inputs, manager, title)
    )
    result: Properties = unwrap(without_managed_fields(tried) if tried else inputs)
    if not exists:
        result.pop("status", None)
    return {**result, FIELD_MANAGER: manager} if tried else result


def _create(objects: Objects, kind: Kind, inputs: Properties, manager: str, title: str) -> Object | None:
    complete = not contains_unknown(inputs)
    manifest = inputs if complete else known(inputs)
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict):
        return None
    if not metadata.get("name"):
        manifest = {**manifest, "metadata": {**metadata, "name": "not-known-yet"}}
    try:
        answer = objects.post(manifest, manager, dry_run=True)
    except UnknownKindError as error:
        if kind.built_in:
            raise ProviderError(f"{title}: {error}") from error
        return None
    except AlreadyExistsError:
        # The real provider leaves this to the update.
        return None
    except ApiError as error:
        if complete or is_malformed(error):
            _judge(objects, error, manifest, manager, title)
        return None
    return answer if complete else None


def _judge(objects: Objects, error: ApiError, manifest: Object, manager: str, title: str) -> None:
    """Distinguish an invalid manifest from a cluster that does not have yet what the manifest needs."""
    if isinstance(error, NotFoundError) and error.details.get("kind") == "namespaces":
        # The namespace comes in the same run: judge the manifest in one that is there.
        manifest = _moved(manifest, namespace="default")
    elif isinstance(error, InvalidError) and _is_there(objects, manifest):
        # The old object is deleted before this one is made: judge it under a name of its own.
        manifest = _moved(manifest, name=f"preview-{_short(manifest['metadata']['name'])}")
    else:
        raise ProviderError(explain(error, manifest, title)) from error
    try:
        objects.post(manifest, manager, dry_run=True)
    except (NotFoundError, ConflictError, AlreadyExistsError):
        return
    except ApiError as again:
        raise ProviderError(explain(again, manifest, title)) from again


def _update(objects: Objects, inputs: Properties, manager: str, title: str, ignored: Sequence[str]) -> Object | None:
    complete = not contains_unknown(inputs)
    manifest = inputs if complete else known(inputs)
    try:
        live = objects.read_at(manifest)
        # A real update takes over first what the creation set; a dry run cannot, so it forces.
        created = any(
            entry.get("manager") == CREATOR and entry.get("operation") == "Update"
            for entry in live["metadata"].get("managedFields") or []
        )
        if ignored:
            manifest = without_theirs(manifest, live, manager, ignored)
        answer = objects.client.apply(
            manifest, field_manager=manager, force=created or objects.forces(manifest), dry_run=True
        )
    except UnknownKindError as error:
        raise ProviderError(f"{title}: {error}") from error
    except ApiError as error:
        if not complete and not is_malformed(error):
            return None
        raise ProviderError(explain(error, manifest, title)) from error
    return answer if complete else None


def _is_there(objects: Objects, manifest: Object) -> bool:
    try:
        objects.read_at(manifest)
    except NotFoundError:
        return False
    return True


def _moved(manifest: Object, **metadata: str) -> Object:
    return {**manifest, "metadata": {**manifest["metadata"], **metadata}}


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
