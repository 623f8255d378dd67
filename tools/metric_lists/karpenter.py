"""Metrics of Karpenter, read from the Go files of its modules; nothing is built or run."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from tools.metric_lists.metric import Kind, Metric, listing

_CALL: Final = re.compile(
    r"NewPrometheus(?P<kind>Counter|Gauge|Histogram|Summary)\(\s*[\w.]+,\s*prometheus\.\w+Opts\{(?P<options>.*?)\n\s*\},"
    r"\s*(?:\[\]string\{(?P<labels>.*?)\}|(?P<computed>[\w.]+(?:\(\))?)),?\s*\)",
    re.DOTALL,
)
_OPTION: Final = re.compile(r"(Namespace|Subsystem|Name):\s+([\w.]+|\"[^\"]*\")")
_CONSTANT: Final = re.compile(r"^\s*(?:const\s+)?(\w+)(?:\s+\w+)?\s*=\s*\"([^\"]*)\"$", re.MULTILINE)
_KINDS: Final[Mapping[str, Kind]] = {"Counter": "counter", "Gauge": "gauge", "Histogram": "histogram"}


class GoSourceError(Exception):
    """A name or label of a metric is not a constant that the files define."""


def karpenter_list(version: str, folders: Iterable[Path]) -> str:
    """The list as JSON, from the folders of the two modules, sigs.k8s.io/karpenter and karpenter-provider-aws.

    Raises:
        GoSourceError: a name cannot be followed, or there are no metrics.
    """
    found = list(metrics({path: path.read_text(encoding="utf-8") for folder in folders for path in _files(folder)}))
    if not found:
        raise GoSourceError("no metrics: give the folders of sigs.k8s.io/karpenter and karpenter-provider-aws")
    return listing(f"Karpenter {version}: Go modules sigs.k8s.io/karpenter and aws/karpenter-provider-aws", found)


def metrics(files: Mapping[Path, str]) -> Iterator[Metric]:
    """The metrics of the files, by path; of labels that a function computes the names are not known."""
    everywhere = {name: value for text in files.values() for name, value in _CONSTANT.findall(text)}
    for path, text in files.items():
        near = {
            name: value
            for other, content in files.items()
            if other.parent == path.parent
            for name, value in _CONSTANT.findall(content)
        }
        for call in _CALL.finditer(text):
            if call["kind"] in _KINDS:
                yield _metric(call, {**everywhere, **near}, path)


def _metric(call: re.Match[str], constants: Mapping[str, str], path: Path) -> Metric:
    options = {name: _value(value, constants, path) for name, value in _OPTION.findall(call["options"])}
    parts = [options[name] for name in ("Namespace", "Subsystem", "Name") if options.get(name)]
    named = None if call["labels"] is None else re.findall(r"[\w.]+|\"[^\"]*\"", call["labels"])
    labels = None if named is None else tuple(_value(label, constants, path) for label in named)
    return Metric(name="_".join(parts), kind=_KINDS[call["kind"]], labels=labels)


def _value(text: str, constants: Mapping[str, str], path: Path) -> str:
    if text.startswith('"'):
        return text.strip('"')
    name = text.rpartition(".")[2]
    if name not in constants:
        raise GoSourceError(f"{path}: {text} must be a constant of these files")
    return constants[name]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.go") if not path.name.endswith("_test.go"))
