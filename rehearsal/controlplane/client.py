"""A thin, thread-safe client of the Kubernetes API: the usual verbs, server-side apply, watches."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import httpx

from rehearsal.controlplane.errors import AlreadyExistsError, ApiError, UnreachableError
from rehearsal.controlplane.kubeconfig import Kubeconfig
from rehearsal.controlplane.transport import ApiResource, LostAnswerError, Object, Transport, api_error

Objects = list[Object]
PatchKind = Literal["merge", "strategic", "json"]
Propagation = Literal["Foreground", "Background", "Orphan"]

_PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a watch."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Object


class KubeClient(Transport):
    """The Kubernetes API for one user."""

    @classmethod
    def from_kubeconfig(cls, source: Path | str, *, patience: float = 45.0) -> Self:
        """A client for the current context of a kubeconfig, given as a path or as text."""
        text = source.read_text() if isinstance(source, Path) else source
        return cls(Kubeconfig.parse(text), patience=patience)

    def get(
        self, api_version: str, kind: str, name: str, namespace: str | None = None, *, subresource: str | None = None
    ) -> Object:
        """One object; NotFoundError if it is not there."""
        where = self.resource(api_version, kind)
        return self.request("GET", where.path(self._namespace(where, namespace), name, subresource))

    def list(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Objects:
        """All objects of a kind; no ``namespace`` means every namespace."""
        answer = self.collection(
            api_version, kind, namespace, label_selector=label_selector, field_selector=field_selector
        )
        items: Objects = answer["items"]
        return items

    def collection(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        label_selector: str | None = None,
        field_selector: str | None = None,
    ) -> Object:
        """Like `list`, as the List object, whose resourceVersion a watch can start from."""
        params = _params(labelSelector=label_selector, fieldSelector=field_selector)
        answer = self.request("GET", self.resource(api_version, kind).path(namespace), params=params)
        for item in answer["items"]:
            item.setdefault("apiVersion", api_version)
            item.setdefault("kind", kind)
        return answer

    def create(
        self,
        obj: Object,
        *,
        subresource: str | None = None,
        field_manager: str = "rehearsal",
        dry_run: bool = False,
        field_validation: str = "Strict",
    ) -> Object:
        """Create an object, or POST to a subresource (``binding``, ``eviction``, ``token``) of the one named in it."""
        where = self._of(obj, subresource)
        namespace, name = self._namespace(where, obj["metadata"].get("namespace")), obj["metadata"].get("name")
        params = _params(
            fieldManager=field_manager, fieldValidation=field_validation, dryRun="All" if dry_run else None
        )
        path = where.path(namespace, name if subresource else None, subresource)
        try:
            return self.request("POST", path, body=obj, params=params)
        except LostAnswerError as lost:
            if subresource or not name:
                raise UnreachableError(str(lost)) from lost
            try:
                return self.request("POST", path, body=obj, params=params)
            except AlreadyExistsError:
                return self.request("GET", where.path(namespace, name))

    def apply(
        self,
        obj: Object,
        *,
        field_manager: str,
        force: bool = False,
        dry_run: bool = False,
        field_validation: str = "Strict",
        subresource: str | None = None,
    ) -> Object:
        """Server-side apply: create the object or take over the fields given; ConflictError if others own them."""
        where = self._of(obj)
        params = _params(
            fieldManager=field_manager,
            fieldValidation=field_validation,
            force="true" if force else None,
            dryRun="All" if dry_run else None,
        )
        namespace = self._namespace(where, obj["metadata"].get("namespace"))
        path = where.path(namespace, obj["metadata"]["name"], subresource)
        return self.request("PATCH", path, body=obj, params=params, content_type=_PATCH_TYPES["apply"])

    def patch(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None,
        patch: Object | Objects,
        *,
        kind_of_patch: PatchKind = "merge",
        subresource: str | None = None,
        field_manager: str = "rehearsal",
    ) -> Object:
        """Patch an object or its ``status`` (``subresource="status"``)."""
        where = self.resource(api_version, kind)
        return self.request(
            "PATCH",
            where.path(self._namespace(where, namespace), name, subresource),
            body=patch,
            params=_params(fieldManager=field_manager),
            content_type=_PATCH_TYPES[kind_of_patch],
        )

    def replace(self, obj: Object, *, subresource: str | None = None, field_manager: str = "rehearsal") -> Object:
        """PUT the object; ConflictError if its resourceVersion is not the newest."""
        where = self._of(obj)
        path = where.path(
            self._namespace(where, obj["metadata"].get("namespace")), obj["metadata"]["name"], subresource
        )
        return self.request("PUT", path, body=obj, params=_params(fieldManager=field_manager))

    def delete(
        self,
        api_version: str,
        kind: str,
        name: str,
        namespace: str | None = None,
        *,
        propagation: Propagation = "Background",
        grace_period_seconds: int | None = None,
        uid: str | None = None,
    ) -> Object:
        """Ask for deletion; it returns before finalizers are done. ``uid`` guards against a namesake made since."""
        where = self.resource(api_version, kind)
        body: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if grace_period_seconds is not None:
            body["gracePeriodSeconds"] = grace_period_seconds
        if uid:
            body["preconditions"] = {"uid": uid}
        return self.request("DELETE", where.path(self._namespace(where, namespace), name), body=body)

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        resource_version: str | None = None,
        label_selector: str | None = None,
        field_selector: str | None = None,
        timeout_seconds: int = 30,
    ) -> Iterator[Event]:
        """Events since ``resource_version`` (or, without one, every object as ADDED first), until the time is over.

        Raises:
            GoneError: the resourceVersion is too old; list again.
            UnreachableError: the connection broke off.
        """
        params = _params(
            watch="true",
            allowWatchBookmarks="true",
            resourceVersion=resource_version,
            labelSelector=label_selector,
            fieldSelector=field_selector,
            timeoutSeconds=str(timeout_seconds),
        )
        path = self.resource(api_version, kind).path(namespace)
        read_limit = httpx.Timeout(timeout_seconds + 15.0, connect=5.0)
        try:
            with self.http.stream("GET", path, params=params, timeout=read_limit) as response:
                if response.is_error:
                    response.read()
                    raise api_error(response)
                for line in response.iter_lines():
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise ApiError.from_event(event["object"])
                    yield Event(type=event["type"], object=event["object"])
        except httpx.TransportError as error:
            raise UnreachableError(f"{self.config.server}: watch of {kind} broke off: {error}") from error

    def logs(self, name: str, namespace: str, *, container: str | None = None, tail: int = 20) -> str:
        """The last lines a container wrote, as its kubelet has them."""
        params = _params(container=container, tailLines=str(tail))
        path = f"/api/v1/namespaces/{namespace}/pods/{name}/log"
        response = self.send("GET", path, params=params, content=None, headers={})
        return response.text

    def _of(self, obj: Object, subresource: str | None = None) -> ApiResource:
        """Where ``obj`` is served; a POSTed Binding, Eviction or TokenRequest belongs to a Pod or ServiceAccount."""
        owner = {"binding": "Pod", "eviction": "Pod", "token": "ServiceAccount"}.get(subresource or "")
        return self.resource("v1", owner) if owner else self.resource(obj["apiVersion"], obj["kind"])

    def _namespace(self, where: ApiResource, namespace: str | None) -> str | None:
        return (namespace or self.config.namespace) if where.namespaced else None


def without_managed_fields(obj: Object) -> Object:
    """A copy of ``obj`` without ``metadata.managedFields``."""
    copied = copy.deepcopy(obj)
    copied.get("metadata", {}).pop("managedFields", None)
    return copied


def _params(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


__all__ = ["ApiResource", "Event", "KubeClient", "Object", "Objects", "without_managed_fields"]
