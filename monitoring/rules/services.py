"""Recording rules that name services: which there are, their ready replicas, their settings, when each last worked."""

from monitoring.rules.arguments import RuleArgs, ServiceSettings
from monitoring.rules.counters import begun_since_read
from monitoring.rules.rule import Group, Record

READY = "llm:service_ready_replicas"
USD_PER_HOUR = "llm:service_usd_per_hour"
"""US dollars an hour of a service's replicas."""
_COST = "replica_usd_per_hour"
ACTIVE = "llm:service_active_timestamp_seconds"
_SETTING = "llm:service_setting"
PARALLEL = "parallel"
"""The setting of services whose engines have no metrics: requests that a replica runs at once."""


def of_gateway(query: str) -> str:
    """A query on the gateway's series, whose label ``model`` is the public name, with that name as ``service``."""
    return f'label_replace({query}, "service", "$1", "model", "(.+)")'


def setting(name: str) -> str:
    """The series of a setting, one a service."""
    return f'{_SETTING}{{setting="{name}"}}'


def group(args: RuleArgs) -> Group:
    """The rules; every other group uses them, so this is the first."""
    thresholds = (
        _setting(name, f"llm:service * 0 + {default:.10g}", args) for name, default in args.thresholds.by_name().items()
    )
    names = ("replicas", *(("max_replicas",) if args.keda else ()), PARALLEL, _COST, "start_seconds")
    known = (_setting(name, None, args) for name in names)
    settings = tuple(record for record in (*thresholds, *known) if record)
    known_cost = any(record.labels["setting"] == _COST for record in settings)
    services = (
        Record(name=READY, expr=_ready(args)),
        Record(name="llm:service", expr=f"group by (service) ({READY})"),
        Record(name=ACTIVE, expr=_active(args)),
    )
    return Group(name="llm-services", rules=(*services, *settings, *((_usd(),) if known_cost else ())))


def _ready(args: RuleArgs) -> str:
    """Replicas that get requests, by service: what the gateway found, else the engines that Prometheus found."""
    engines = 'count by (service) (up{job="engines"})'
    if not args.gateway:
        return engines
    return f"max by (service) ({of_gateway('llm_gateway_ready_replicas')}) or on (service) {engines}"


def _usd() -> Record:
    """What the ready replicas of each service cost an hour; where nothing shows those, the replicas that it should have."""
    of_ready, of_wanted = (f"{setting(_COST)} * on (service) {replicas}" for replicas in (READY, setting("replicas")))
    return Record(name=USD_PER_HOUR, expr=f"{of_ready} or on (service) {of_wanted}")


def _active(args: RuleArgs) -> str:
    """When each service last had or answered a request; a new one begins with the time now.

    The rule carries its own last value on, so it needs no range as long as a service may be idle, and outlives an hour in
    which Prometheus does not run.
    """
    signs = [
        "max by (service) (vllm:num_requests_running) > 0",
        "sum by (service) (increase(vllm:request_success_total[5m])) > 0",
    ]
    if args.gateway:
        requests = "llm_gateway_requests_total"
        begun = begun_since_read(requests, "5m", up='up{job="gateway"}', on="pod")
        signs += [
            f"sum by (service) ({of_gateway('llm_gateway_in_flight')}) > 0",
            f"sum by (service) ({of_gateway(f'increase({requests}[5m])')}) > 0",
            f"sum by (service) ({of_gateway(begun)}) > 0",
        ]
    before = f"(last_over_time({ACTIVE}[1h]) and on (service) llm:service)"
    return f"({' or on (service) '.join(signs)}) * 0 + time() or on (service) {before} or on (service) llm:service * 0 + time()"


def _setting(name: str, default: str | None, args: RuleArgs) -> Record | None:
    """The rule of one setting: what the service has, else the default; None where there is neither."""
    if args.gateway:
        selected = f'llm_gateway_service_setting{{setting="{name}"}}'
        parts = [f"max by (service) ({of_gateway(selected)})"]
    else:
        parts = [_own(service, value) for service in args.services if (value := _value(service, name)) is not None]
    if default:
        parts.append(default)
    if not parts:
        return None
    return Record(name=_SETTING, expr=" or on (service) ".join(parts), labels={"setting": name})


def _own(service: ServiceSettings, value: float) -> str:
    return f'label_replace(vector({value:.10g}), "service", "{service.name}", "", "")'


def _value(service: ServiceSettings, name: str) -> float | None:
    if name == "replicas":
        return service.replicas
    if name == "max_replicas":
        return service.max_replicas
    if name == PARALLEL:
        return service.parallel
    if name == _COST:
        return service.replica_usd_per_hour
    if name == "start_seconds":
        return service.start_seconds
    return service.thresholds.get(name)
