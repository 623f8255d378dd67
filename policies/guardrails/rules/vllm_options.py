"""Rules on vLLM's options: those that run code, open files or send data out, and those that need a second look."""

import re
from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.arguments import Given, hidden, lines, options_of
from guardrails.analysis.config_files import OPTION as FILE_OPTION
from guardrails.analysis.config_files import options_in_files
from guardrails.analysis.environment import environment
from guardrails.analysis.workloads import POD_TYPES, Container, is_named_vllm, is_vllm, per_container, words
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Value, as_list
from planner.vllm_options.classes import CLASSES, DANGEROUS, Kind, Level
from planner.vllm_options.objects import KEYS
from planner.vllm_options.risks import Risk, risks

OWN_MIDDLEWARE: Final = "path_allow_list.PathAllowList"
OWN_PYTHON_PATH: Final = "/etc/llm-platform"
"""Where the platform mounts its middleware."""
_OWN_RULE: Final = "trust-remote-code"
"""The option that has a rule of its own."""
_COMMON: Final = re.compile(
    r"config|middleware|url|download-dir|ssl-.*|input-file|output-file|output-tmp-dir|log-config-file|logging-config"
    r"|additional-config|profiler-config"
)
"""Names that other programs have too: they count only where the program is vLLM."""
_VARIABLES: Final = {
    "AWS_ENDPOINT_URL": "takes weights from the address that its value names",
    "AWS_ENDPOINT_URL_S3": "takes weights from the address that its value names",
    "HF_ENDPOINT": "takes weights from the address that its value names",
    "LD_AUDIT": "loads the library that its value names",
    "LD_PRELOAD": "loads the library that its value names",
    "LMCACHE_CONFIG_FILE": "reads the file that its value names",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "sends traces to the address that its value names",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "sends traces to the address that its value names",
    "PYTHONHOME": "takes Python's own modules from the folder that its value names",
    "PYTHONPATH": "imports modules from the folders that its value names",
    "PYTHONSTARTUP": "runs the Python file that its value names",
    "RUNAI_STREAMER_S3_ENDPOINT": "takes weights from the address that its value names",
    "S3_ENDPOINT_URL": "takes weights from the address that its value names",
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
    "VLLM_TORCH_PROFILER_DIR": "opens the profiler to requests, and writes its traces to a folder or an address",
    "VLLM_USAGE_STATS_SERVER": "sends usage data to the address that its value names",
    "VLLM_USE_MODELSCOPE": "takes weights from another hub",
}
"""Environment variables that do what these options do.

Those of vLLM 0.32 and its earlier releases (``vllm/envs.py``), of the loaders it takes weights with
(``vllm/model_executor/model_loader/runai_streamer_loader.py``), of Python and of the dynamic linker (``ld.so(8)``).
"""
_OFF: Final = frozenset({"", "0", "false"})


def _unsafe(subject: Subject, container: Container) -> Findings:
    middleware = frozenset(map(str, as_list(subject.config["middleware"])))
    for risk, given in _unreviewed(subject, container):
        reviewed = risk.option == "middleware" and isinstance(given.value, str) and given.value in middleware
        if risk.level is Level.PLATFORM and risk.kind in DANGEROUS and not reviewed:
            yield Finding(f"{container.where} has {_as_written(risk, given)}, which {risk.why}")
    yield from _unknown_arguments(container)
    yield from _variables(container, subject)


def _second_look(subject: Subject, container: Container) -> Findings:
    for risk, given in _unreviewed(subject, container):
        if risk.level is Level.APPROVER:
            yield Finding(f"{container.where} has {_as_written(risk, given)}, which {risk.why}")
    yield from _unknown_arguments(container)


def _unreviewed(subject: Subject, container: Container) -> Iterator[tuple[Risk, Given]]:
    """Yield the risks of a container's options, but for the options on the rule's list."""
    reviewed = _names(subject.config["options"])
    return ((risk, given) for risk, given in _risks(container) if risk.option not in reviewed)


def _names(options: Value) -> frozenset[str]:
    return frozenset(str(name).lstrip("-").replace("_", "-") for name in as_list(options))


def _unknown_arguments(container: Container) -> Findings:
    if any(word is UNKNOWN for word in words(container.props)):
        yield Unknown(f"arguments of {container.where} are unknown")
    for word in hidden(container.props):
        yield Unknown(f"{word} among the arguments of {container.where} is known in the container only")


def _risks(container: Container) -> Iterator[tuple[Risk, Given]]:
    vllm = is_named_vllm(container.props)
    files = list(options_in_files(container))
    readable = {FILE_OPTION} if files and None not in files else set()
    for line in lines(container.props):
        for given in options_of(line):
            for risk in _risks_of(given, line.model):
                if risk.option not in {_OWN_RULE, *readable} and (line.serves or _concerns(risk, given, vllm=vllm)):
                    yield risk, given
    for given in filter(None, files):
        yield from ((risk, given) for risk in _risks_of(given, None) if risk.option != _OWN_RULE)


def _risks_of(given: Given, model: str | None) -> Iterator[Risk]:
    """The risks of an option under each name that it may stand for."""
    for name in given.names:
        yield from risks(name, given.value, model=model)


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


def _variables(container: Container, subject: Subject) -> Findings:
    where, props = container.where, container.props
    if props.get("env") is None and props.get("envFrom") is None:
        return
    if not (is_vllm(props) or any(line.serves for line in lines(props))):
        return
    reviewed = frozenset(map(str, as_list(subject.config["variables"])))
    paths = frozenset(map(str, as_list(subject.config["python_paths"])))
    for variable in environment(where, props, subject.props):
        if isinstance(variable, Unknown):
            yield variable
            continue
        why = _VARIABLES.get(variable.name)
        if not why or variable.name in reviewed:
            continue
        if variable.value is not None and variable.value.strip().lower() in _OFF:
            continue
        if variable.name == "PYTHONPATH" and variable.value in paths:
            continue
        yield Finding(f"{where} sets {variable.name}{variable.source}, which {why}")


_OPTIONS: Final = {"type": "array", "items": {"type": "string"}, "default": []}
RULES: Final = (
    Rule(
        id="vllm-unsafe-options",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a vLLM option that runs code, opens files or sends data out, or that is not known",
        why="It runs the Python of its user on your node, shows the container's files to requests, or sends prompts away.",
        fix="omit it, or put the reviewed option's name on the rule's list",
        benchmarks="",
        types=POD_TYPES,
        judge=per_container(_unsafe),
        settings={
            "options": {**_OPTIONS, "description": "Reviewed options, such as otlp-traces-endpoint."},
            "middleware": {**_OPTIONS, "default": [OWN_MIDDLEWARE], "description": "Reviewed values of --middleware."},
            "variables": {**_OPTIONS, "description": "Reviewed environment variables, such as VLLM_PLUGINS."},
            "python_paths": {**_OPTIONS, "default": [OWN_PYTHON_PATH], "description": "Reviewed values of PYTHONPATH."},
        },
    ),
    Rule(
        id="vllm-reviewed-options",
        family="pods",
        level=EnforcementLevel.ADVISORY,
        blocks="a vLLM option that takes files of another repository, trusts requests or logs prompts, without a review",
        why="Another repository is not the model that was agreed on; logs are read by more people than prompts are for.",
        fix="omit it, or have it reviewed and put the option's name on the rule's list",
        benchmarks="",
        types=POD_TYPES,
        judge=per_container(_second_look),
        settings={"options": {**_OPTIONS, "description": "Reviewed options, such as enable-log-requests."}},
    ),
)
