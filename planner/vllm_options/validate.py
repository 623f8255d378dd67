"""The options of `vllm serve`: what a service's ``args`` may say, checked before anything starts."""

import difflib
import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from planner.vllm_options.table import VLLM_VERSION, Option, by_spelling, options
from planner.vllm_options.values import JSON_LISTS, joint_problems, value_problem

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
    "input-file": "it belongs to `vllm run-batch`; omit it",
    "output-file": "it belongs to `vllm run-batch`; omit it",
}
"""Options the platform sets itself, and what to do instead."""


def option_problems(args: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    """Name and message of everything wrong in a service's ``args``."""
    for name, value in args.items():
        option = options().get(name)
        if option is None:
            yield name, _unknown(name)
        elif name in PLATFORM_OPTIONS:
            yield name, f"is the platform's own: {PLATFORM_OPTIONS[name]}"
        else:
            yield from ((name, message) for message in _value_problems(option, value))
    yield from joint_problems(args)


def _unknown(name: str) -> str:
    plain = name.lstrip("-").replace("_", "-")
    option = by_spelling().get(plain)
    if option is None:
        near = difflib.get_close_matches(plain, options(), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "see `vllm serve --help=all`"
        return f"is not an option of vLLM {VLLM_VERSION}: {hint}"
    if option.name in PLATFORM_OPTIONS:
        return f"is the platform's own: {PLATFORM_OPTIONS[option.name]}"
    if plain == f"no-{option.name}":
        return f"is written without its no-: {option.name}: false"
    return f"is written by its long name, without dashes in front: {option.name}"


def _value_problems(option: Option, value: JsonValue) -> Iterator[str]:
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
            f"{word!r} looks like an option, and vLLM would take it for one: {_wanted(option)}" for word in dashed
        )
    elif option.choices:
        given = value if isinstance(value, list) else [value]
        wrong = [one for one in given if str(one) not in option.choices]
        yield from (f"{one!r} is none of its values: {_wanted(option)}" for one in wrong)
    elif problem := value_problem(option.name, value):
        yield problem


def _wanted(option: Option) -> str:
    if option.choices:
        return f"choose from {', '.join(option.choices)}"
    return "write a list of values" if option.many else "write one value, or omit it"


def render_options(args: Mapping[str, JsonValue]) -> list[str]:
    """The command-line words of ``args``; they must have passed :func:`option_problems`."""
    words: list[str] = []
    for name, value in args.items():
        option = options()[name]
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
