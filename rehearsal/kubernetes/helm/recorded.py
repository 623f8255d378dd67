"""Helm releases that are recorded, not installed: no reachable place has their chart.

Nothing is fetched or rendered. Such a release is checked for the values without which the real chart fails, and kept as
a Secret in its namespace, so that refresh and destroy see it.
"""

import base64
import json

from rehearsal.controlplane.client import KubeClient, Object
from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.kubernetes.helm import CHART, RELEASE_TYPE
from rehearsal.kubernetes.kinds import object_id, parse_id
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.provider import Created, Properties, Read

_MANAGER = "rehearsal-helm"


class RecordedReleases:
    """The recorded releases of one cluster."""

    def __init__(self, client: KubeClient) -> None:
        self._client = client

    def create(self, inputs: Properties, *, preview: bool) -> Created:
        """Record the release."""
        if preview:
            return Created(id="", outputs=_outputs(inputs, 1))
        outputs = self._record(inputs, 1)
        return Created(id=object_id(inputs["namespace"], inputs["name"]), outputs=outputs)

    def update(self, resource_id: str, inputs: Properties, *, preview: bool) -> Properties:
        """Record the release's next revision."""
        if preview:
            return _outputs(inputs, 1)
        found = self._find(resource_id)
        return self._record(inputs, json.loads(found["metadata"]["annotations"][_REVISION]) + 1 if found else 1)

    def read(self, resource_id: str) -> Read | None:
        """The release as recorded."""
        found = self._find(resource_id)
        if found is None:
            return None
        inputs = json.loads(_text(found))
        revision = int(found["metadata"]["annotations"][_REVISION])
        return Read(id=resource_id, inputs=inputs, outputs=_outputs(inputs, revision))

    def delete(self, resource_id: str) -> None:
        """Forget the release."""
        namespace, name = parse_id(resource_id)
        try:
            self._client.delete("v1", "Secret", _secret_name(name), namespace)
        except NotFoundError:
            return
        except KubeError as error:
            raise ProviderError(f"Helm release {resource_id}: not deleted: {error}") from error

    def _find(self, resource_id: str) -> Object | None:
        namespace, name = parse_id(resource_id)
        try:
            return self._client.get("v1", "Secret", _secret_name(name), namespace)
        except NotFoundError:
            return None
        except KubeError as error:
            raise ProviderError(f"Helm release {resource_id}: {error}") from error

    def _record(self, inputs: Properties, revision: int) -> Properties:
        namespace = inputs["namespace"]
        metadata = {
            "name": _secret_name(inputs["name"]),
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": _MANAGER},
            "annotations": {_REVISION: str(revision), CHART: inputs["chart"]},
        }
        record = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": RELEASE_TYPE}
        try:
            if inputs.get("createNamespace"):
                made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
                self._client.apply(made, field_manager=_MANAGER)
            release = json.dumps(inputs, sort_keys=True)
            self._client.apply({**record, "stringData": {"release": release}}, field_manager=_MANAGER, force=True)
        except KubeError as error:
            raise ProviderError(f"Helm release {namespace}/{inputs['name']}: {error}") from error
        return _outputs(inputs, revision)


_REVISION = "llm-platform/revision"


def _outputs(inputs: Properties, revision: int) -> Properties:
    status = {
        "name": inputs["name"],
        "namespace": inputs["namespace"],
        "chart": inputs.get("chart"),
        "version": inputs.get("version"),
        "revision": revision,
        "status": "deployed",
    }
    return {**inputs, "resourceNames": {}, "status": status}


def _secret_name(name: str) -> str:
    return f"recorded-helm-release.{name}"


def _text(secret: Object) -> str:
    return base64.b64decode(secret["data"]["release"]).decode()
