"""The page that lists every setting, made from the models: ``make docs`` writes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from planner.vllm_options.classes import Level
from planner.vllm_options.releases import DEFAULT, newest, releases
from planner.vllm_options.validate import PLATFORM_OPTIONS
from settings.models.alerts import AlertThresholds, ServiceAlerts
from settings.models.base import SettingsModel
from settings.models.bucket import LifecycleRule
from settings.models.cluster import PrivateApiAccess, PublicApiAccess
from settings.models.gateway import GatewayLimits, OidcSettings
from settings.models.karpenter import KarpenterSettings
from settings.models.mirrors import PullThroughSettings, UpstreamCredentials
from settings.models.monitoring import (
    CloudWatchSettings,
    GrafanaOidcSettings,
    GrafanaSettings,
    NotifySettings,
    RemoteWriteSettings,
)
from settings.models.network import FlowLogSettings
from settings.models.pools import (
    Consolidation,
    CpuLimits,
    CpuPool,
    GpuLimits,
    GpuPool,
    KarpenterCpuPool,
    KarpenterGpuPool,
    SystemPool,
)
from settings.models.response_logs import ResponseLogsSettings, ServiceResponseLogs
from settings.models.services.autoscale import AutoscaleSettings, ScheduledReplicas
from settings.models.services.base import EndpointSettings, PriceSettings
from settings.models.services.ollama import OllamaBucketWeights, RegistryWeights
from settings.models.services.vllm import BucketWeights, HubWeights
from settings.models.stack import PlatformSettings, TeamSettings
from settings.validation.kinds import KINDS
from settings.validation.option_review import restricted_options

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

_NESTED: tuple[tuple[str, type[SettingsModel]], ...] = (
    ("`network.flow_logs`", FlowLogSettings),
    ("`cluster.api_access`, public", PublicApiAccess),
    ("`cluster.api_access`, private", PrivateApiAccess),
    ("`cluster.karpenter`", KarpenterSettings),
    ("`pools.NAME` of kind system", SystemPool),
    ("`pools.NAME` of kind cpu, a node group", CpuPool),
    ("`pools.NAME` of kind gpu, a node group", GpuPool),
    ("`pools.NAME` of kind cpu, by Karpenter", KarpenterCpuPool),
    ("`pools.NAME.limits` of kind cpu, by Karpenter", CpuLimits),
    ("`pools.NAME` of kind gpu, by Karpenter", KarpenterGpuPool),
    ("`pools.NAME.limits` of kind gpu, by Karpenter", GpuLimits),
    ("`pools.NAME.consolidation`, by Karpenter", Consolidation),
    ("`bucket.lifecycle.AREA`", LifecycleRule),
    ("`images.pull_through`", PullThroughSettings),
    ("`images.pull_through.docker_hub`, and of `ghcr`", UpstreamCredentials),
    *((f"`services.NAME` of kind {name}", kind.settings) for name, kind in KINDS.items()),
    ("`services.NAME.weights` of kind vllm, from the Hub", HubWeights),
    ("`services.NAME.weights` of kind vllm, from the bucket", BucketWeights),
    ("`services.NAME.weights` of kind ollama, from the registry", RegistryWeights),
    ("`services.NAME.weights` of kind ollama, from the bucket", OllamaBucketWeights),
    ("`services.NAME.endpoint`", EndpointSettings),
    ("`services.NAME.price`", PriceSettings),
    ("`services.NAME.alerts`", ServiceAlerts),
    ("`services.NAME.autoscale`", AutoscaleSettings),
    ("`services.NAME.autoscale.schedule[]`", ScheduledReplicas),
    ("`services.NAME.response_logs`", ServiceResponseLogs),
    ("`gateway.limits`", GatewayLimits),
    ("`gateway.oidc`", OidcSettings),
    ("`gateway.response_logs`", ResponseLogsSettings),
    ("`monitoring.remote_write`", RemoteWriteSettings),
    ("`monitoring.grafana`", GrafanaSettings),
    ("`monitoring.grafana.oidc`", GrafanaOidcSettings),
    ("`monitoring.notify`", NotifySettings),
    ("`monitoring.cloudwatch`", CloudWatchSettings),
    ("`monitoring.thresholds`", AlertThresholds),
)
"""Models below a top-level key; that of the key itself is found in the stack's model."""

_PLAIN: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    object: "secret text",
}
_HEAD = """# Settings

Made by `make docs` from the models in `settings/models/`; a test fails when this page is behind.

All keys stand below `llm-platform:` in `Pulumi.STACK.yaml`, or are set with
`pulumi config set --path 'llm-platform:KEY' VALUE`. A stack is read once, before any resource is registered: every
mistake is reported in one line with its key and the fix, all of them together. Names of pools and services become
resource names, so renaming one replaces it.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for section in sections() for line in _table(*section)), *_options()])


def sections() -> Iterator[tuple[str, type[SettingsModel]]]:
    """Title and model of each table: both kinds of stacks, then each top-level key with what is below it."""
    yield from (("Platform stack", PlatformSettings), ("Team stack", TeamSettings))
    for key, field in PlatformSettings.model_fields.items():
        optional = () if get_origin(field.annotation) is dict else get_args(field.annotation)
        for one in (field.annotation, *optional):
            if isinstance(one, type) and issubclass(one, SettingsModel):
                yield f"`{key}`", one
        yield from (section for section in _NESTED if section[0].startswith(f"`{key}."))


def _table(title: str, model: type[SettingsModel]) -> Iterator[str]:
    yield from (f"## {title}", "", (model.__doc__ or "").partition("\n")[0], "")
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    for key, field in model.model_fields.items():
        default = "by kind of stack" if key == "namespace" else _default(field)
        cells = (f"`{key}`", _type_name(field.annotation), default, " ".join((field.description or "").split()))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _options() -> Iterator[str]:
    yield from ("## Options of `vllm serve` that `args` refuses", "")
    yield (
        "Any other option that the image's vLLM has is taken, by its long name without dashes: `max-num-seqs: 64`. Options and "
        f"the names of parsers, backends and methods are those of the release in the image's tag, {releases()[0]} to {newest()} "
        f"(the default image has {DEFAULT}); for any other image they are those of {newest()}, and the preview reports it."
    )
    yield from ("", "| option | instead |", "|---|---|")
    for option, instead in sorted(PLATFORM_OPTIONS.items()):
        yield f"| `{option}` | {instead} |"
    yield ""
    yield from _restricted()


def _restricted() -> Iterator[str]:
    yield from ("## Options of `vllm serve` that a team stack may not set by itself", "")
    yield (
        "A platform stack may set them; a team stack may where the platform lists the option in `team_options`. Those "
        "marked *approver* any team may set, but the portal asks an approver first. Further, a value that names a file, "
        "an address or a Python object is refused where vLLM has built-in names, in any option and at any depth of a "
        "JSON value; a tokenizer, draft model, adapter or configuration of another repository, an own chat template, "
        "and `hf-overrides` beyond positions need an approver. The rules `vllm-unsafe-options` and "
        "`vllm-reviewed-options` of the guardrails judge the same way, on every stack."
    )
    yield from ("", "| option | who | what it does |", "|---|---|---|")
    for option, found in sorted(restricted_options().items()):
        yield f"| `{option}` | {'approver' if found.level is Level.APPROVER else 'platform'} | {found.why} |"
    yield ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, SettingsModel):
        return "see its table"
    if default is None:
        return "none"
    return f"`{TypeAdapter(object).dump_json(default).decode()}`"


def _type_name(annotation: object) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in arguments)
    if origin is tuple:
        return f"list of {_type_name(arguments[0])}"
    if origin is dict:
        return f"map of {_type_name(arguments[0])} to {_type_name(arguments[1])}"
    if origin is Union or (arguments and origin is not None):
        return " or ".join(dict.fromkeys(_type_name(one) for one in arguments if one is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, SettingsModel):
        return "map, see below"
    return _PLAIN.get(annotation, "any value")
