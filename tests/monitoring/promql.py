"""What PromQL reads, and whether the scrapes keep it."""

import re

import promql_parser

from monitoring.metrics import all_series
from monitoring.rules import groups
from monitoring.rules.rule import Record
from monitoring.scrape import series
from tests.monitoring.promtool import FULL

JOBS = [each for each in vars(series).values() if isinstance(each, series.Series)]


SYNTHETIC = {
    "up": frozenset(),
    "ALERTS": frozenset({"alertname", "alertstate", "severity", "after"}),
    "scrape_samples_post_metric_relabeling": frozenset(),
}
"""Series that Prometheus makes itself, with their labels."""
TARGET = {"job", "instance", "service", "stack", "team", "pod", "node", "pool", "namespace"}
"""Labels that a scrape adds."""
RECORDED = {rule.name for group in groups(FULL) for rule in group.rules if isinstance(rule, Record)}


def series_read(expression):
    """Names of the series that an expression reads."""
    return {name for name, _ in selectors(expression)}


def selectors(expression):
    """The series that an expression selects, by name, each with the names of the labels that it compares."""
    return _selectors(promql_parser.parse(expression))


def _selectors(node):
    if isinstance(node, promql_parser.VectorSelector):
        matchers = node.matchers.matchers
        return [(name, {each.name for each in matchers} - {"__name__"}) for name in _names(node.name, matchers)]
    below = [getattr(node, name, None) for name in ("expr", "param", "lhs", "rhs", "vector_selector")]
    below += getattr(node, "args", None) or []
    return [found for each in below if each is not None for found in _selectors(each)]


def _names(name, matchers):
    """The name, or those that a matcher of ``__name__`` finds; its expression where it finds none."""
    if name:
        return [name]
    (regex,) = [each.value for each in matchers if each.name == "__name__"]
    return [each for each in all_series() if re.fullmatch(regex, each)] or [regex]


def is_kept(name):
    """Whether any job of the scrapes keeps series of this name."""
    return any(kept_by(job, name) for job in JOBS)


def kept_by(job, name):
    """Whether one job does; RE2 and Python agree on all that these expressions use."""
    return bool(re.fullmatch(job.kept, name)) and not any(re.fullmatch(each.regex, name) for each in job.dropped)


def unknown(expr):
    """What an expression reads that no list has: names of series, and labels that it compares."""
    known = {**all_series(), **SYNTHETIC}
    for name, labels in selectors(expr):
        if name in RECORDED:
            continue
        if name not in known:
            yield name
        elif known[name] is not None:
            yield from (f"{name}{{{label}}}" for label in labels - known[name] - TARGET)
