"""Rules on vLLM's options: those that run code, open files or send data out, and those that need a second look."""

import re
from collections.abc import Iterator
from typing import Any, Final

from pulumi_policy import EnforcementLevel

from guardrails.arguments import Given, hidden, lines, options_of
from guardrails.rule import Finding, Rule, Subject, Undecided, Verdicts
from guardrails.values import UNKNOWN, Properties, Value, listed
from guardrails.workloads import POD_TYPES, containers, is_vllm, pods, words
from planner.options.classes import CLASSES, DANGEROUS, Kind, Level
from planner.options.objects import KEYS
from planner.options.risks import Risk, risks

OWN_MIDDLEWARE: Final = "path_allow_list.PathAllowList"
_OWN_RULE: Final = "trust-remote-code"
"""The option that has a rule of its own."""
_COMMON: Final = re.compile(
    r"config|middleware|url|download-dir|ssl-.*|input-file|output-file|output-tmp-dir|log-config-file|logging-config"
    r"|additional-config|profiler-config"
)
"""Names that other programs have too: they count only where the program is vLLM."""
_VARIABLES: Final = {
    "LMCACHE_CONFIG_FILE": "reads the file that its value names",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "sends traces to the address that its value names",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "sends traces to the address that its value names",
    "VLLM_ALLOW_INSECURE_SERIALIZATION": "unpickles what other processes send",
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "lets requests load adapters from any folder or repository",
    "VLLM_CUDART_SO_PATH": "loads the library that its value names",
    "VLLM_DEBUG_DUMP_PATH": "writes files to the folder that its value names",
    "VLLM_DEBUG_LOG_API_SERVER_RESPONSE": "writes answers to the log",
    "VLLM_LOGGING_CONFIG_PATH": "reads a file of logging settings, which may name any class",
    "VLLM_LORA_RESOLVER_CACHE_DIR": "lets requests load adapters from the folder that its value names",
    "VLLM_LORA_RESOLVER_HF_REPO_LIST": "lets requests load adapters from the repositories that its value names",
    "VLLM_MODEL_REDIRECT_PATH": "reads a file that names other models",
    "VLLM_NCCL_SO_PATH": "loads the library that its value names",
    "VLLM_PLUGINS": "loads the plugins that its value names",
    "VLLM_RUST_FRONTEND_PATH": "runs the program that its value names",
    "VLLM_SERVER_DEV_MODE": "opens paths that run code in the workers",
    "VLLM_USAGE_STATS_SERVER": "sends usage data to the address that its value names",
}
"""Environment variables of vLLM 0.32 (``vllm/envs.py``) that do what these options do."""
_OFF: Final = frozenset({"", "0", "false"})


def _unsafe(subject: Subject) -> Verdicts:
    reviewed = _names(subject.config["options"])
    middleware = frozenset(map(str, listed(subject.config["middleware"])))
    for where, container in _known_containers(subject):
        if not isinstance(container, dict):
            yield Undecided(f"{where} is unknown")
            continue
        yield from _undecided(where, container)
        for risk, given in _risks(container):
            if risk.option in reviewed or risk.level is not Level.PLATFORM or risk.kind not in DANGEROUS:
                continue
            if risk.option == "middleware" and isinstance(given.value, str) and given.value in middleware:
                continue
            yield Finding(f"{where} has {_as_written(risk, given)}, which {risk.why}")
        yield from _variables(where, container, frozenset(map(str, listed(subject.config["variables"]))))


def _second_look(subject: Subject) -> Verdicts:
    reviewed = _names(subject.config["options"])
    for where, container in _known_containers(subject):
        if not isinstance(container, dict):
            yield Undecided(f"{where} is unknown")
            continue
        yield from _undecided(where, container)
        for risk, given in _risks(container):
            if risk.level is Level.APPROVER and risk.option not in reviewed:
                yield Finding(f"{where} has {_as_written(risk, given)}, which {risk.why}")


def _names(options: Value) -> frozenset[str]:
    return frozenset(str(name).lstrip("-").replace("_", "-") for name in listed(options))


def _known_containers(subject: Subject) -> Iterator[tuple[str, Any]]:
    for pod in pods(subject):
        yield from containers(pod)


def _undecided(where: str, container: Properties) -> Verdicts:
    if any(word is UNKNOWN for word in words(container)):
        yield Undecided(f"arguments of {where} are unknown")
    for word in hidden(container):
        yield Undecided(f"{word} among the arguments of {where} is known in the container only")


def _risks(container: Properties) -> Iterator[tuple[Risk, Given]]:
    vllm = is_vllm(container)
    for line in lines(container):
        model = line.model
        for given in options_of(line):
            for name in given.names:
                for risk in risks(name, given.value, model=model):
                    if risk.option != _OWN_RULE and (line.serves or _concerns(risk, given, vllm=vllm)):
                        yield risk, given


def _concerns(risk: Risk, given: Given, *, vllm: bool) -> bool:
    """Whether an option of a command that is not surely vLLM's server counts: other programs share some names."""
    if (risk.kind is Kind.UNKNOWN and risk.path == risk.option) or given.plain != risk.option:
        return False
    distinct = (risk.option in CLASSES and not _COMMON.fullmatch(risk.option)) or risk.option in KEYS
    return vllm or (distinct and risk.level is Level.PLATFORM)


def _as_written(risk: Risk, given: Given) -> str:
    """The option as it is spelled, and the key inside its value; never the value, which may be a secret."""
    key = risk.path.partition(".")[2]
    full = f" (--{risk.option})" if given.plain != risk.option else ""
    return f"{given.spelled}{full}{f' with {key}' if key else ''}"


def _variables(where: str, container: Properties, reviewed: frozenset[str]) -> Verdicts:
    if not is_vllm(container):
        return
    variables = container.get("env")
    if variables is UNKNOWN:
        yield Undecided(f"env of {where} is unknown")
        return
    for variable in listed(variables):
        if not isinstance(variable, dict):
            yield Undecided(f"a variable of {where} is unknown")
            continue
        name = variable.get("name")
        why = _VARIABLES.get(name) if isinstance(name, str) else None
        value = variable.get("value")
        off = isinstance(value, str) and value.strip().lower() in _OFF
        if why and name not in reviewed and not (off and "valueFrom" not in variable):
            yield Finding(f"{where} sets {name}, which {why}")


_OPTIONS: Final = {"type": "array", "items": {"type": "string"}, "default": []}
RULES: Final = (
    Rule(
        id="vllm-unsafe-options",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a vLLM option that runs code, opens files or sends data out, or that is not known",
        why="It runs Python of whoever sets it on your node, shows the container's files to requests, or sends prompts away.",
        cure="leave it out, or put the reviewed option's name on the rule's list",
        benchmarks="",
        types=POD_TYPES,
        judge=_unsafe,
        settings={
            "options": {**_OPTIONS, "description": "Reviewed options, such as otlp-traces-endpoint."},
            "middleware": {**_OPTIONS, "default": [OWN_MIDDLEWARE], "description": "Reviewed values of --middleware."},
            "variables": {**_OPTIONS, "description": "Reviewed environment variables, such as VLLM_PLUGINS."},
        },
    ),
    Rule(
        id="vllm-reviewed-options",
        family="pods",
        level=EnforcementLevel.ADVISORY,
        blocks="a vLLM option that takes files of another repository, trusts requests or logs prompts, without a review",
        why="Another repository is not the model that was agreed on; logs are read by more people than prompts are for.",
        cure="leave it out, have somebody else look at it, or put the option's name on the rule's list",
        benchmarks="",
        types=POD_TYPES,
        judge=_second_look,
        settings={"options": {**_OPTIONS, "description": "Reviewed options, such as enable-log-requests."}},
    ),
)
