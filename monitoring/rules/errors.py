"""Burn rates of failed requests: answers 5xx and broken ones at the gateway, or requests that an engine ended with an error."""

from monitoring.rules.arguments import RuleArgs
from monitoring.rules.burn import BASE, BURNS, FAST, FEWEST_REQUESTS, SLOW, STEADY, Burn, averaged
from monitoring.rules.durations import milliseconds
from monitoring.rules.rule import Alert, Group, Record
from monitoring.rules.services import READY, of_gateway, setting

_SHORT = tuple(burn.short for burn in BURNS)
_MOST = 0.9
"""An objective below 0.94 would allow more failures than there are requests, 14.4 times over: this many fire anyway."""


_REQUESTS, _FAILED = "llm:requests:increase", "llm:requests_failed:increase"


def group(args: RuleArgs) -> Group:
    """The rules of the shortest windows."""
    return Group(name="llm-errors", rules=_rules("LlmErrorsBurnFast", FAST, args))


def slow_rules(args: RuleArgs) -> tuple[Record | Alert, ...]:
    """The rules of the longer windows, which use those of the group."""
    return tuple(rule for burn in (SLOW, STEADY) for rule in _rules("LlmErrorsBurnSlow", burn, args))


def _rules(alert: str, burn: Burn, args: RuleArgs) -> tuple[Record | Alert, ...]:
    long = _records if burn is FAST else _means
    return (*_records(burn.short, args), *long(burn.long, args), _alert(alert, burn))


def _records(window: str, args: RuleArgs) -> tuple[Record, Record]:
    """Requests and failed requests of the window, by service; those of the gateway where it saw any in the window.

    A service without failures has zero: as a mean over a day, an absent value would weigh the first failure like a day of them.
    """
    requests = f"sum by (service) (increase(vllm:request_success_total[{window}]))"
    failed = f'sum by (service) (increase(vllm:request_success_total{{finished_reason="error"}}[{window}]))'
    if args.gateway:
        seen = f"sum by (service) ({of_gateway(f'increase(llm_gateway_requests_total[{window}])')}) > 0"
        failed = f"""
            (sum by (service) ({_bad(window)}) and on (service) ({seen}))
            or on (service) ({failed} unless on (service) ({seen}))
        """
        requests = f"{seen} or on (service) {requests}"
    failed = f'{failed} or on (service) {_REQUESTS}{{window="{window}"}} * 0'
    labels = {"window": window}
    return Record(name=_REQUESTS, expr=requests, labels=labels), Record(name=_FAILED, expr=failed, labels=labels)


def _bad(window: str) -> str:
    """Failed requests of the gateway's window, by its labels.

    An answer that its engine did not end began with 200, as every stream does.

    A service that may have no replica answers 503 while one starts: a short window in which it had none leaves them out, so
    that no burn is seen. A start that fails is another alert.
    """
    broken = of_gateway(f"increase(llm_gateway_broken_answers_total[{window}])")
    if window not in _SHORT:
        return f"""{of_gateway(f'increase(llm_gateway_requests_total{{code=~"5.."}}[{window}])')} or {broken}"""
    others = of_gateway(f'increase(llm_gateway_requests_total{{code=~"5..", code!="503"}}[{window}])')
    unavailable = of_gateway(f'increase(llm_gateway_requests_total{{code="503"}}[{window}])')
    wakes = f"{setting('replicas')} == 0 and on (service) min_over_time({READY}[{window}]) == 0"
    return f"{others} or {broken} or ({unavailable} unless on (service) ({wakes}))"


def _means(window: str, _: RuleArgs) -> tuple[Record, Record]:
    """The same of a window of hours, in proportion: what the base window recorded, for as long as it did."""
    times, labels = milliseconds(window) // milliseconds(BASE), {"window": window}
    requests, failed = (
        Record(name=name, expr=f"{averaged(name, window)} * {times}", labels=labels) for name in (_REQUESTS, _FAILED)
    )
    return requests, failed


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
