"""The options of `vllm serve`: what a service's ``args`` may say, checked before anything starts."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from planner.shown import shown
from planner.vllm_options.names import folded_choice, name_problems
from planner.vllm_options.references import parse_json
from planner.vllm_options.releases import DEFAULT, Release
from planner.vllm_options.removed import OTHER_COMMANDS, REMOVED
from planner.vllm_options.spelling import nearest
from planner.vllm_options.table import Option, any_spelling, by_spelling, history, options
from planner.vllm_options.values import JSON_LISTS, joint_problems, no_object, value_problem

PLATFORM_OPTIONS: Mapping[str, str] = {
    "model": "set the service's `model`",
    "served-model-name": "set the service's `served_model_name`",
    "revision": "set the service's `weights.revision`",
    "load-format": "it follows from the service's `weights.source`",
    "model-loader-extra-config": "for weights from the bucket the platform sets concurrency, memory_limit and distributed "
    "so that the buffers stay within the pod's memory; omit it",
    "download-dir": "the platform mounts the cache; see the pool's `disk_gib`",
    "hf-token": "set the secret `llm-platform:hf_api_token`",
    "max-model-len": "set the service's `max_model_len`",
    "dtype": "set the service's `dtype`",
    "quantization": "set the service's `quantization`",
    "gpu-memory-utilization": "set the service's `gpu_memory_utilization`",
    "tensor-parallel-size": "set the service's `tensor_parallel`",
    "pipeline-parallel-size": "set the service's `pipeline_parallel`",
    "data-parallel-size": "set the service's `replicas`",
    "data-parallel-size-local": "set the service's `replicas`",
    "data-parallel-rank": "set the service's `replicas`",
    "data-parallel-start-rank": "set the service's `replicas`",
    "data-parallel-address": "set the service's `replicas`",
    "data-parallel-external-lb": "set the service's `replicas`",
    "data-parallel-hybrid-lb": "set the service's `replicas`",
    "data-parallel-multi-port-external-lb": "set the service's `replicas`",
    "master-addr": "a replica runs on one node; set `tensor_parallel` and `replicas`",
    "master-port": "a replica runs on one node; set `tensor_parallel` and `replicas`",
    "nnodes": "a replica runs on one node; set `tensor_parallel` and `replicas`",
    "node-rank": "a replica runs on one node; set `tensor_parallel` and `replicas`",
    "headless": "a replica runs on one node; set `tensor_parallel` and `replicas`",
    "host": "the container listens on all its addresses; set `endpoint`",
    "port": "the container listens on 8000; set `endpoint.port`",
    "uds": "the container listens on port 8000; set `endpoint.port`",
    "grpc": "probes and clients speak HTTP; omit it",
    "grpc-port": "probes and clients speak HTTP; omit it",
    "root-path": "probes and the allow list know the paths as they are; omit it",
    "ssl-keyfile": "probes speak plain HTTP inside the network; omit it",
    "ssl-certfile": "probes speak plain HTTP inside the network; omit it",
    "ssl-ca-certs": "probes speak plain HTTP inside the network; omit it",
    "ssl-cert-reqs": "probes speak plain HTTP inside the network; omit it",
    "ssl-ciphers": "probes speak plain HTTP inside the network; omit it",
    "enable-ssl-refresh": "probes speak plain HTTP inside the network; omit it",
    "api-key": "the platform makes a key for each service and exports it; omit it",
    "middleware": "set the service's `path_allow_list`",
    "disable-fastapi-docs": "set the service's `path_allow_list`",
    "shutdown-timeout": "the platform sets it to fit the pod's grace period; omit it",
    "config": "write its options here in `args`, so that each is checked",
    "help": "omit it",
}
"""Options the platform sets itself, and what to do instead."""
_LEVEL: Final = re.compile(r"O=?([0-3]?)")
"""``-O3``, ``-O=3`` and ``-O``, which the parser reads before argparse does."""
_PLAIN: Final = re.compile(r"-?\d{1,18}(\.\d{1,18})?|true|false")
"""A value that stands without quotes."""
_LEVELS_SINCE: Final = Release(12)
"""Since when ``-O3`` is a level; before it was a key of ``compilation-config``."""


def option_problems(args: Mapping[str, JsonValue], release: Release = DEFAULT) -> Iterator[tuple[str, str]]:
    """Name and message of everything wrong in a service's ``args``.

    Args:
        args: The options, by their long names without dashes.
        release: The release of the service's image, see ``releases.judged_by``.
    """
    for name, value in args.items():
        option = options(release).get(name)
        if option is None:
            yield name, unknown_option(name, release)
        elif name in PLATFORM_OPTIONS:
            yield name, f"is the platform's own: {PLATFORM_OPTIONS[name]}"
        else:
            yield from ((name, message) for message in _value_problems(option, value, args, release))
    yield from joint_problems(args, release)


def unknown_option(name: str, release: Release = DEFAULT) -> str:
    """Why a release has no such option, as the end of a sentence that begins with it: another spelling, release or option."""
    plain = name.lstrip("-").replace("_", "-")
    option = by_spelling(release).get(plain)
    if option is not None:
        return _spelled(plain, option)
    missing = f"is not an option of vLLM {release}"
    given = _level(plain, release) or _together(name.lstrip("-"), release)
    if given:
        return given
    meant = any_spelling().get(plain)
    if plain in OTHER_COMMANDS:
        return f"{missing}: {OTHER_COMMANDS[plain]}"
    if meant is not None and release < min(history()[meant]):
        return f"{missing}: {meant} came with {min(history()[meant])}; omit it, or take a newer image"
    gone = meant or (plain if plain in REMOVED else plain.removeprefix("no-"))
    if gone in REMOVED:
        last = f"the last release with it is {max(history()[gone])}" if gone in history() else "it is gone"
        return f"{missing}, {last}: {REMOVED[gone]}"
    near = nearest(plain, sorted(options(release)))
    return f"{missing}: {f'did you mean {near}?' if near else 'see `vllm serve --help=all`'}"


def _level(plain: str, release: Release) -> str | None:
    """How ``-O3`` or ``-O`` is written here; None for another name."""
    found = _LEVEL.fullmatch(plain)
    if found is None:
        return None
    level = found[1] or "..."
    if release < _LEVELS_SINCE:
        return f'is a key inside compilation-config in vLLM {release}: write compilation-config: {{"level": {level}}}'
    return f"is written by its long name, without dashes in front: optimization-level: {level}"


def _together(name: str, release: Release) -> str | None:
    """How a name with its value, or with a key inside its value, is written here; None where it is neither."""
    name, equals, value = name.partition("=")
    outer, dot, key = name.partition(".")
    plain = outer.replace("_", "-")
    option = by_spelling(release).get("compilation-config" if dot and plain == "O" else plain)
    if option is None or not (equals or dot):
        return None
    if option.name in PLATFORM_OPTIONS:
        return _spelled(plain, option)
    written = (value if _PLAIN.fullmatch(value) else shown(parse_json(value))) if equals else "..."
    if dot:
        return f"is a key inside {option.name}: write {option.name}: {{{shown(key)}: {written}}}"
    return f"has its value in its name: write {option.name}: {written}"


def _spelled(plain: str, option: Option) -> str:
    if option.name in PLATFORM_OPTIONS:
        return f"is the platform's own: {PLATFORM_OPTIONS[option.name]}"
    if plain == f"no-{option.name}":
        return f"is written without its no-: {option.name}: false"
    return f"is written by its long name, without dashes in front: {option.name}"


def _value_problems(option: Option, value: JsonValue, args: Mapping[str, JsonValue], release: Release) -> Iterator[str]:
    if option.switch:
        if not isinstance(value, bool):
            yield f"is a switch: write true{' or false' if option.negatable else ', or omit it'}"
        elif not value and not option.negatable:
            yield "is a switch without an off: omit it"
    elif value is None or isinstance(value, bool):
        yield f"takes a value, not {json.dumps(value)}: {_wanted(option)}"
    elif isinstance(value, dict) and not option.takes_object:
        yield f"takes no map: {_wanted(option)}"
    elif isinstance(value, list) and not (option.many or option.takes_object or option.name in JSON_LISTS):
        yield f"takes one value, not a list: {_wanted(option)}"
    elif value in ([], ""):
        yield f"is empty: {_wanted(option)}"
    elif option.many and (dashed := [word for word in _words(value) if word.startswith("-")]):
        yield from (
            f"{shown(word)} looks like an option, and vLLM would take it for one: {_wanted(option)}" for word in dashed
        )
    else:
        yield from _content_problems(option, value, args, release)


def _content_problems(
    option: Option, value: JsonValue, args: Mapping[str, JsonValue], release: Release
) -> Iterator[str]:
    if option.choices:
        for one in value if isinstance(value, list) else [value]:
            if folded_choice(option.name, str(one)) not in option.choices:
                yield from _wrong_choice(option, one, args, release)
    elif problem := value_problem(option, value) or no_object(option, value, release):
        yield problem
    else:
        yield from (
            f"is {problem}" if not problem.startswith("has ") else problem
            for problem in name_problems(option.name, value, args, release)
        )


def _wrong_choice(option: Option, value: JsonValue, args: Mapping[str, JsonValue], release: Release) -> Iterator[str]:
    known = [f"is {problem}" for problem in name_problems(option.name, value, args, release)]
    yield from known or [f"{shown(value)} is none of its values: {_wanted(option)}"]


def _wanted(option: Option) -> str:
    if option.choices:
        return f"choose from {', '.join(option.choices)}"
    return "write a list of values" if option.many else "write one value, or omit it"


def render_options(args: Mapping[str, JsonValue], release: Release = DEFAULT) -> list[str]:
    """The command-line words of ``args``; they must have passed :func:`option_problems` for the same release."""
    words: list[str] = []
    for name, value in args.items():
        option = options(release)[name]
        if option.switch:
            words.append(f"--{name}" if value else f"--no-{name}")
        elif option.many:
            # argparse ends such a list at the first word that begins with a dash; option_problems refuses those.
            words += [f"--{name}", *_words(value)]
        else:
            # In one word with its name, a value may begin with a dash.
            words.append(f"--{name}={_word(value)}")
    return words


def _words(value: JsonValue) -> list[str]:
    return [_word(one) for one in (value if isinstance(value, list) else [value])]


def _word(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
