"""The rule on secrets in plain text: in containers, ConfigMaps, user data, functions and tasks."""

import base64
import binascii
import itertools
import json
import re
from collections.abc import Iterator
from typing import Final

from pulumi_policy import EnforcementLevel

from guardrails.analysis.arguments import lines
from guardrails.analysis.secrets import assigned, form_of, is_literal, is_named_secret
from guardrails.analysis.workloads import POD_TYPES, Container, per_container
from guardrails.engine.rule import Finding, Findings, Rule, Subject, Unknown, guard
from guardrails.engine.values import UNKNOWN, Properties, Value, as_list, get_path, known_items

CONFIG_MAPS: Final = frozenset(f"kubernetes:core/v1:ConfigMap{variant}" for variant in ("", "Patch"))
USER_DATA: Final = frozenset({
    "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/launchConfiguration:LaunchConfiguration",
    "aws:ec2/instance:Instance", "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
})  # fmt: skip
_VARIABLES: Final = {
    "aws:lambda/function:Function": ("environment", "variables"),
    "aws:sagemaker/model:Model": ("primaryContainer", "environment"),
}
"""Types whose variables are an object: the path to it."""
_CONTAINERS: Final = {
    "aws:ecs/taskDefinition:TaskDefinition": "containerDefinitions",
    "aws:batch/jobDefinition:JobDefinition": "containerProperties",
}
"""Types with containers in JSON text, as the services' own interfaces have them."""
_CODE_BUILD: Final = "aws:codebuild/project:Project"
_SOURCE: Final = re.compile(r"\.(py|js|ts|lua|go|rb|java|j2|jinja2?|tmpl|tpl|html?|md|css|crt|pem|cer)$", re.IGNORECASE)
"""Files in which ``name = value`` is code; only the forms of secrets count there."""
_ASSIGNMENT: Final = re.compile(r"([A-Za-z_]\w*)=(.+)", re.DOTALL)


def _in_container(_: Subject, container: Container) -> Findings:
    where, props = container.where, container.props
    yield from _in_arguments(where, props)
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield from _in_action(f"{where}: {probe}", props.get(probe))
    for hook in ("postStart", "preStop"):
        yield from _in_action(f"{where}: {hook}", get_path(props, "lifecycle", hook))
    for variable in known_items(container.value("env"), f"a variable of {where}"):
        name, value = variable.get("name"), variable.get("value")
        yield from _variable(where, str(name), value)


def _variable(where: str, name: str, value: Value) -> Findings:
    """Judge a variable, or an entry of a ConfigMap, of which the name is known."""
    form = form_of(value) if isinstance(value, str) else None
    if form or (is_named_secret(name) and is_literal(value)):
        yield Finding(f"{where}: {name} is given as plain text{f', {form}' if form else ''}")


def _in_action(where: str, action: Value) -> Findings:
    """Judge what a probe or a hook of a container runs and sends."""
    if not isinstance(action, dict):
        return
    yield from _in_arguments(where, {"command": get_path(action, "exec", "command")})
    for header in as_list(get_path(action, "httpGet", "httpHeaders")):
        value = get_path(header, "value")
        name = str(get_path(header, "name"))
        if isinstance(value, str) and (form_of(value) or (is_named_secret(name) and is_literal(value))):
            yield Finding(f"{where}: the header {name} has a secret as plain text")


def _in_arguments(where: str, props: Properties) -> Findings:
    said = dict.fromkeys(_options_with_secrets(props))
    yield from (Finding(f"{where}: {name} is given as plain text") for name in said)
    if said:
        return
    for key in ("command", "args"):
        for word in as_list(props.get(key)):
            if isinstance(word, str) and (form := form_of(word)):
                yield Finding(f"{where}: {key} has {form} as plain text")
                return


def _options_with_secrets(props: Properties) -> Iterator[str]:
    """Options, and variables that a shell sets, with a secret beside them."""
    given = [word for key in ("command", "args") for word in as_list(props.get(key))]
    for option, value in itertools.pairwise(given):
        if value is UNKNOWN and isinstance(option, str) and _is_option(option) and is_named_secret(option):
            yield option
    for line in lines(props):
        for index, word in enumerate(line.words):
            name, equals, value = word.partition("=")
            if _is_option(name) and is_named_secret(name):
                following = [value] if equals else list(_until_option(line.words[index + 1 :]))
                if any(is_literal(item) for item in following):
                    yield name
            elif (found := _ASSIGNMENT.fullmatch(word)) and is_named_secret(found[1]) and is_literal(found[2]):
                yield found[1]


def _is_option(word: str) -> bool:
    return re.fullmatch(r"--?[A-Za-z][\w.-]*", word) is not None


def _until_option(words: tuple[str, ...]) -> Iterator[str]:
    for word in words:
        if _is_option(word.partition("=")[0]):
            return
        yield word


def _in_text(where: str, text: str, *, source: bool = False) -> Findings:
    """Judge the text of a file."""
    form = form_of(text)
    if form:
        yield Finding(f"{where} has {form} as plain text")
        return
    name = None if source else next(assigned(text), None)
    if name:
        yield Finding(f"{where}: {name} is given as plain text")


def _config_map(subject: Subject) -> Findings:
    for part in ("data", "binaryData"):
        data = subject.props.get(part)
        if data is UNKNOWN:
            yield Unknown(f"{part} is unknown")
        for key, value in data.items() if isinstance(data, dict) else ():
            text = _decoded(value) if part == "binaryData" and isinstance(value, str) else value
            found = list(_variable(part, key, text)) if not isinstance(text, str) or "\n" not in text.strip() else []
            yield from found
            if isinstance(text, str) and not found:
                yield from _in_text(f"{part}.{key}", text, source=_SOURCE.search(key) is not None)
            elif text is UNKNOWN and not found:
                yield Unknown(f"{part}.{key} is unknown")


def _user_data(subject: Subject) -> Findings:
    for key in ("userData", "userDataBase64"):
        text = subject.props.get(key)
        if text is UNKNOWN:
            yield Unknown(f"{key} is unknown")
        elif isinstance(text, str):
            yield from _in_text(key, _decoded(text))


def _variables(subject: Subject) -> Findings:
    path = _VARIABLES[subject.type]
    places = [subject.props.get(path[0]), *as_list(subject.props.get("containers"))]
    for place in places:
        variables = get_path(place, *path[1:])
        if variables is UNKNOWN:
            yield Unknown(f"{'.'.join(path)} is unknown")
        for name, value in variables.items() if isinstance(variables, dict) else ():
            yield from _variable(".".join(path), name, value)


def _containers(subject: Subject) -> Findings:
    key = _CONTAINERS[subject.type]
    text = subject.value(key)
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        yield Unknown(f"{key} cannot be read")
        return
    for index, container in enumerate(as_list(found)):
        if not isinstance(container, dict):
            continue
        where = f"{key}[{index}]"
        arguments = {"command": container.get("entryPoint"), "args": container.get("command")}
        yield from _in_arguments(where, {**arguments, "env": container.get("environment")})
        for variable in as_list(container.get("environment")):
            yield from _variable(where, str(get_path(variable, "name")), get_path(variable, "value"))


def _build(subject: Subject) -> Findings:
    for variable in as_list(get_path(subject.value("environment"), "environmentVariables")):
        if get_path(variable, "type") in {None, "PLAINTEXT"}:
            yield from _variable("environment", str(get_path(variable, "name")), get_path(variable, "value"))


def _decoded(text: str) -> str:
    """Base64 in plain, and any other text as it is."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _secrets(subject: Subject) -> Findings:
    if subject.type in CONFIG_MAPS:
        yield from _config_map(subject)
    elif subject.type in USER_DATA:
        yield from _user_data(subject)
    elif subject.type in _VARIABLES:
        yield from _variables(subject)
    elif subject.type in _CONTAINERS:
        yield from guard(_containers(subject))
    elif subject.type == _CODE_BUILD:
        yield from guard(_build(subject))
    else:
        yield from per_container(_in_container)(subject)


RULES: Final = (
    Rule(
        id="secret-env",
        family="pods",
        level=EnforcementLevel.MANDATORY,
        blocks="a secret as plain text: in the environment, arguments or probes of a container, in a ConfigMap, user data, "
        "a function or a task",
        why="Every user who may read the object reads it.",
        fix="put it into a Secret and use valueFrom.secretKeyRef, or read it from Secrets Manager",
        benchmarks="CIS 4.4.1, CKV_K8S_35, kyverno disallow-secrets-from-env-vars, FSBP ECS.8, CKV_AWS_45, CKV_AWS_46, "
        "CKV_SECRET_6",
        types=frozenset({*POD_TYPES, *CONFIG_MAPS, *USER_DATA, *_VARIABLES, *_CONTAINERS, _CODE_BUILD}),
        judge=_secrets,
    ),
)
