"""vLLM's options in a file: ``--config FILE``, where the file is an entry of a ConfigMap of the stack.

The file is YAML with the long names of options as keys (vLLM, ``vllm/utils/argparse_utils.py``).
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import yaml

from guardrails.analysis.arguments import Given, from_key, lines, options_of
from guardrails.analysis.expansion import config_map
from guardrails.analysis.workloads import Container
from guardrails.engine.values import Value, as_list, get_path

OPTION: Final = "config"


def options_in_files(container: Container) -> Iterator[Given | None]:
    """The options in the files that vLLM is given; None for each file that cannot be read here."""
    for line in lines(container.props):
        for given in options_of(line) if line.serves else ():
            if OPTION in given.names and given.plain == OPTION:
                found = _parsed(_text(container, given.value))
                if found is None:
                    yield None
                else:
                    yield from (from_key(str(key), value) for key, value in found.items())


def _text(container: Container, path: Value) -> str | None:
    """The text of the file at a path of the container."""
    if not isinstance(path, str):
        return None
    for mount in as_list(container.props.get("volumeMounts")):
        at, part = get_path(mount, "mountPath"), get_path(mount, "subPath")
        if not isinstance(at, str):
            continue
        inside = part if path == at else path.removeprefix(f"{at.rstrip('/')}/")
        if not isinstance(inside, str) or inside == path:
            continue
        for volume in as_list(get_path(container.pod.spec, "volumes")):
            if get_path(volume, "name") == get_path(mount, "name"):
                return _entry(container, volume, inside)
    return None


def _entry(container: Container, volume: Value, path: str) -> str | None:
    sources = [get_path(volume, "configMap")]
    sources += [get_path(one, "configMap") for one in as_list(get_path(volume, "projected", "sources"))]
    for source in sources:
        if not isinstance(source, dict):
            continue
        names = {get_path(item, "path"): get_path(item, "key") for item in as_list(source.get("items"))}
        data = config_map(source.get("name"), container.pod.namespace)
        text = data.get(names.get(path, path) if names else path)
        if isinstance(text, str):
            return text
    return None


@cache
def _parsed(text: str | None) -> dict[Any, Any] | None:
    if text is None:
        return None
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    return found if isinstance(found, dict) else None
