"""Burn rates of failed requests: answers 5xx at the gateway, or requests that an engine ended with an error."""

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.burn import FAST, FEWEST_REQUESTS, SLOW, STEADY, WINDOWS, Burn
from monitoring.rules.rule import Alert, Group, Record
from monitoring.rules.services import of_gateway, setting

_MOST = 0.9
"""An objective below 0.94 would allow more failures than there are requests, 14.4 times over: this many fire anyway."""


def group(args: RuleArgs) -> Group:
    """The rules."""
    records = tuple(record for window in WINDOWS for record in _records(window, args))
    alerts = (
        _alert("LlmErrorsBurnFast", FAST),
        _alert("LlmErrorsBurnSlow", SLOW),
        _alert("LlmErrorsBurnSlow", STEADY),
    )
    return Group(name="llm-errors", rules=(*records, *alerts))


def _records(window: str, args: RuleArgs) -> tuple[Record, Record]:
    """Requests and failed requests of the window, by service; those of the gateway where it saw the service."""
    requests = f"sum by (service) (increase(vllm:request_success_total[{window}]))"
    failed = f'sum by (service) (increase(vllm:request_success_total{{finished_reason="error"}}[{window}]))'
    if args.gateway:
        seen = f"sum by (service) ({of_gateway(f'increase(llm_gateway_requests_total[{window}])')})"
        bad = f'increase(llm_gateway_requests_total{{code=~"5.."}}[{window}])'
        failed = f"sum by (service) ({of_gateway(bad)}) or on (service) ({failed} unless on (service) {seen})"
        requests = f"{seen} or on (service) {requests}"
    labels = {"window": window}
    return (
        Record(name="llm:requests:increase", expr=requests, labels=labels),
        Record(name="llm:requests_failed:increase", expr=failed, labels=labels),
    )


def _alert(name: str, burn: Burn) -> Alert:
    allowed = f"clamp_max({burn.factor} * (1 - {setting('success_ratio')}), {_MOST})"
    both = " and on (service) ".join(f"{_ratio(window)} > on (service) {allowed}" for window in burn.windows)
    enough = f'llm:requests:increase{{window="{burn.short}"}} >= {FEWEST_REQUESTS}'
    return Alert(
        name=name,
        expr=f"{both} and on (service) {enough}",
        lasting="2m",
        severity=burn.severity,
        labels={"window": burn.long},
        summary="{{ $labels.service }}: {{ $value | humanizePercentage }} of the requests fail",
        description=(
            f"Failures spend the part that success_ratio of the service's alerts allows {burn.factor:g} times too fast. "
            "Look at the codes at the gateway, then at the logs of the engines' pods."
        ),
    )


def _ratio(window: str) -> str:
    selected = f'{{window="{window}"}}'
    return f"llm:requests_failed:increase{selected} / on (service) llm:requests:increase{selected}"
