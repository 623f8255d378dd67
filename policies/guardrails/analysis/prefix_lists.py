"""Which networks the prefix lists hold that rules of security groups name.

A list of the same stack is known by its entries, inline or separate. Those that AWS manages (of S3, DynamoDB, CloudFront)
hold AWS's own networks: they are named ``com.amazonaws....``, or are the output of a gateway endpoint. Of any other list
nothing here shows what it holds.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from guardrails.engine.graph import Graph
from guardrails.engine.rule import Finding, Subject, Unknown
from guardrails.engine.values import UNKNOWN, Value, as_list, get_path, is_open_cidr

PREFIX_LIST: Final = "aws:ec2/managedPrefixList:ManagedPrefixList"
PREFIX_LIST_ENTRY: Final = "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
TYPES: Final = frozenset({PREFIX_LIST, PREFIX_LIST_ENTRY, ENDPOINT})
_OF_AWS: Final = "com.amazonaws."


class PrefixLists:
    """The prefix lists of one stack."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._cidrs: dict[str, list[Value]] = defaultdict(list)
        for one in graph.stack.of(PREFIX_LIST):
            entries = one.props.get("entries")
            self._cidrs[one.urn] += [get_path(item, "cidr") for item in as_list(entries)]
        for entry in graph.stack.of(PREFIX_LIST_ENTRY):
            targets = graph.targets(entry, "prefixListId", entry.props.get("prefixListId"), PREFIX_LIST)
            for one in targets.subjects:
                self._cidrs[one.urn].append(entry.props.get("cidr"))
            for one in targets.through:
                self._cidrs[one.urn].append(UNKNOWN)
        self._of_endpoints = {one.props.get("prefixListId") for one in graph.stack.of(ENDPOINT)} - {None, UNKNOWN}

    def sources(self, subject: Subject, prop: str, value: Value) -> Iterator[Finding | Unknown]:
        """Yield what the lists in ``value``, found in ``subject``'s property ``prop``, let in from everywhere, or may.

        Each text names the source alone, such as ``0.0.0.0/0 of prefix list office``.
        """
        items = as_list(value)
        targets = self._graph.targets(subject, prop, value, PREFIX_LIST)
        found = [one for item in targets.subjects if (one := self._judged(item))]
        # The dependencies are those of the whole property: with more lists than this rule names, some are others'.
        sure = targets.exact and (len(targets.subjects) <= len(items) or len(found) == len(targets.subjects))
        yield from (one if sure else Unknown(f"perhaps {one.what}") for one in found)
        yield from (Unknown(f"perhaps {one.what}") for item in targets.through if (one := self._judged(item)))
        if not targets.missing or self._graph.targets(subject, prop, value, ENDPOINT).subjects:
            return
        for item in items:
            named = isinstance(item, str) and (item.startswith(_OF_AWS) or item in self._of_endpoints)
            if not named and (item is UNKNOWN or item in targets.missing):
                what = f"prefix list {item}" if isinstance(item, str) else "a prefix list"
                yield Unknown(f"{what}, which is not in this stack,")

    def _judged(self, prefix_list: Subject) -> Finding | Unknown | None:
        cidrs = self._cidrs[prefix_list.urn]
        open_one = next((cidr for cidr in cidrs if is_open_cidr(cidr)), None)
        if open_one is not None:
            return Finding(f"{open_one} of prefix list {prefix_list.name}")
        return Unknown(f"an unknown entry of prefix list {prefix_list.name}") if UNKNOWN in cidrs else None
