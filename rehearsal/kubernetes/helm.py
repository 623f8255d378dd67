"""Helm releases: recorded, not installed.

No chart is fetched or rendered. A release of a listed chart is checked for the values without which the real chart
fails, and kept as a Secret in its namespace, so that refresh and destroy see it; any other chart is refused by name.
"""

import base64
import hashlib
import json
from dataclasses import dataclass

from rehearsal.controlplane.client import KubeClient, Object
from rehearsal.controlplane.errors import KubeError, NotFoundError
from rehearsal.kubernetes.differences import changes
from rehearsal.kubernetes.kinds import object_id, parse_id
from rehearsal.plugins.errors import ProviderError
from rehearsal.plugins.provider import Checked, Created, Diff, Failure, Properties, Read, Resource
from rehearsal.plugins.wire import Unknown, unwrap

_MANAGER = "rehearsal-helm"
RELEASE_TYPE = "llm-platform/recorded-helm-release"
"""Type of the Secret that a release is recorded in."""
CHART = "llm-platform/chart"
"""Its annotation with the chart's name."""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart that may be recorded.

    Attributes:
        repository: Where the real one comes from.
        required: Values without which it does not work.
    """

    repository: str
    required: tuple[str, ...] = ()


CHARTS = {
    # region and vpcId: with a hop limit of 1 its pods cannot ask the instance metadata service for them.
    "aws-load-balancer-controller": Chart(
        repository="https://aws.github.io/eks-charts", required=("clusterName", "region", "vpcId")
    ),
}


class Releases:
    """The recorded releases of one cluster."""

    def __init__(self, client: KubeClient, default_namespace: str) -> None:
        self._client = client
        self._default_namespace = default_namespace

    @staticmethod
    def check(resource: Resource, olds: Properties, news: Properties, default_namespace: str) -> Checked:
        """Refuse a chart that is not listed or lacks a value; fill in name and namespace."""
        inputs: Properties = unwrap(news)
        inputs.setdefault("namespace", default_namespace)
        if not inputs.get("name"):
            digest = hashlib.sha256(resource.urn.encode()).hexdigest()[:8]
            inputs["name"] = olds.get("name") or f"{resource.name}-{digest}"
        failures = []
        chart = inputs.get("chart")
        listed = CHARTS.get(chart) if isinstance(chart, str) else None
        if isinstance(chart, Unknown):
            return Checked(inputs=inputs)
        if listed is None:
            reason = f"the rehearsal records no chart {chart!r}; listed are: {', '.join(sorted(CHARTS))}"
            return Checked(inputs=inputs, failures=[Failure(property="chart", reason=reason)])
        repository = (inputs.get("repositoryOpts") or {}).get("repo")
        if isinstance(repository, str) and repository.rstrip("/") != listed.repository:
            reason = f"{repository!r} does not have it; it comes from {listed.repository}"
            failures.append(Failure(property="repositoryOpts.repo", reason=reason))
        values = inputs.get("values")
        if not isinstance(values, Unknown):
            failures += [
                Failure(property=f"values.{key}", reason=f"chart {chart} does not work without it")
                for key in listed.required
                if not (values or {}).get(key)
            ]
        return Checked(inputs=inputs, failures=failures)

    @staticmethod
    def diff(olds: Properties, news: Properties) -> Diff:
        """A release is replaced when it gets another name or namespace, else upgraded."""
        detailed = dict(changes(olds, news))
        replaces = [path for path in detailed if path in ("name", "namespace")]
        diffs = sorted({path.split(".")[0].split("[")[0] for path in detailed})
        return Diff(diffs=diffs, replaces=replaces, detailed=detailed)

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
