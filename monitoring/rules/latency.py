"""Burn rates of the time to the first token and between tokens, from the engines' histograms.

The objective is that 95 % of the values are within the service's setting, so 5 % may be slower. More than ``factor`` times
5 % are slower exactly where the quantile ``1 - factor * 0.05`` is above the setting, which works with any setting and any
buckets: 14.4 times is the 28th percentile, 6 times the 70th, 3 times the 85th.

Only the base window is read from the engines' buckets, some forty series of each; the others are means of what it recorded.
"""

from dataclasses import dataclass

from monitoring.rules.burn import BASE, FAST, FEWEST_REQUESTS, SLOW, STEADY, Burn, averaged
from monitoring.rules.rule import Alert, Group, Record
from monitoring.rules.services import setting

_ALLOWED = 0.05


@dataclass(frozen=True, kw_only=True)
class _Latency:
    """One histogram of the engines and the alert on it."""

    histogram: str
    recorded: str
    alert: str
    setting: str
    fewest: int
    what: str
    look: str


_FIRST_TOKEN = _Latency(
    histogram="vllm:time_to_first_token_seconds",
    recorded="llm:first_token_seconds_bucket",
    alert="LlmFirstTokenSlow",
    setting="ttft_p95_seconds",
    fewest=FEWEST_REQUESTS,
    what="first tokens",
    look="Look at the queue first: a request that waits has no first token. Then at the length of prompts.",
)
_INTER_TOKEN = _Latency(
    histogram="vllm:inter_token_latency_seconds",
    recorded="llm:inter_token_seconds_bucket",
    alert="LlmInterTokenSlow",
    setting="inter_token_p95_seconds",
    fewest=10 * FEWEST_REQUESTS,
    what="tokens after the first",
    look="Look at how many requests run at once and at preemptions, then at the GPUs' clocks and temperature.",
)


_BOTH = (_FIRST_TOKEN, _INTER_TOKEN)


def group() -> Group:
    """The rules of the shortest windows."""
    return Group(name="llm-latency", rules=tuple(rule for each in _BOTH for rule in _rules(each, FAST)))


def slow_rules() -> tuple[Record | Alert, ...]:
    """The rules of the longer windows, which use those of the group."""
    return tuple(rule for each in _BOTH for burn in (SLOW, STEADY) for rule in _rules(each, burn))


def _rules(latency: _Latency, burn: Burn) -> tuple[Record | Alert, ...]:
    windows = (burn.short, burn.long)
    return (*(_record(latency, window) for window in windows), _alert(latency, burn))


def _record(latency: _Latency, window: str) -> Record:
    name = f"{latency.recorded}:rate"
    rate = f"sum by (le, service) (rate({latency.histogram}_bucket[{window}]))"
    return Record(name=name, expr=rate if window == BASE else averaged(name, window), labels={"window": window})


def _alert(latency: _Latency, burn: Burn) -> Alert:
    quantile = round(1 - burn.factor * _ALLOWED, 2)
    slow = [f'histogram_quantile({quantile}, {latency.recorded}:rate{{window="{window}"}})' for window in burn.windows]
    both = " and on (service) ".join(
        f"sum by (service) ({each}) > on (service) {setting(latency.setting)}" for each in slow
    )
    enough = f"sum by (service) (increase({latency.histogram}_count[{burn.short}])) >= {latency.fewest}"
    share = round(100 * burn.factor * _ALLOWED)
    return Alert(
        name=latency.alert,
        expr=f"{both} and on (service) {enough}",
        lasting="2m",
        severity=burn.severity,
        labels={"window": burn.long},
        summary=f"{{{{ $labels.service }}}}: more than {share} % of {latency.what} are later than the objective",
        description=(
            f"At most 5 % may be later than {latency.setting} of the service's alerts; over {burn.long} it is {burn.factor:g} "
            f"times as many. {latency.look}"
        ),
    )
