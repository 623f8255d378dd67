"""A chart of a few lines, whose parts the tests choose."""

import json
from pathlib import Path
from typing import Any

import yaml

SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "replicas": {"type": "integer"},
        "text": {"type": "string"},
        "image": {"type": "string"},
        "below": {"type": "object", "properties": {"flag": {"type": "boolean"}}, "required": ["name"]},
    },
    "additionalProperties": False,
}
CONFIG_MAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  text: {{ required "text is needed" .Values.text | quote }}
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: toy}}
  template:
    metadata: {labels: {app: toy}}
    spec:
      terminationGracePeriodSeconds: 0
      tolerations: [{operator: Exists}]
      containers: [{name: c, image: {{ .Values.image | quote }}}]
"""
DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.toy.example.com
spec:
  group: toy.example.com
  scope: Cluster
  names: {{plural: {plural}, singular: {singular}, kind: {kind}, listKind: {kind}List}}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {{status: {{}}}}
      schema:
        openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}
"""


def definition(kind: str) -> str:
    return DEFINITION.format(kind=kind, singular=kind.lower(), plural=f"{kind.lower()}s")


def toy_chart(folder: Path, templates: dict[str, str], *, version: str = "0.1.0", crds: str = "") -> Path:
    """Write the chart below ``folder`` and return its own folder."""
    chart = folder / "toy"
    (chart / "templates").mkdir(parents=True, exist_ok=True)
    about = {"apiVersion": "v2", "name": "toy", "version": version, "appVersion": "1"}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about))
    (chart / "values.yaml").write_text("replicas: 0\ntext: a\nimage: example.com/toy:1\n")
    (chart / "values.schema.json").write_text(json.dumps(SCHEMA))
    for name, text in templates.items():
        (chart / "templates" / name).write_text(text)
    if crds:
        (chart / "crds").mkdir(exist_ok=True)
        (chart / "crds" / "crds.yaml").write_text(crds)
    return chart
