"""Checks of inputs that several AWS types share: what AWS rejects and moto accepts.

Each check takes the context and the inputs and returns what is wrong as (property, reason). A value that a preview does
not know yet is never wrong.
"""

import ipaddress
import re

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.resource_type import Check, Failures
from rehearsal.plugins.wire import Properties, Value

_IAM_NAME = re.compile(r"[\w+=,.@-]+")


def text_of(value: Value) -> str | None:
    """Return the value if it is text; None if it is missing or not known yet."""
    return value if isinstance(value, str) else None


def network_problem(value: Value, shortest: int, longest: int) -> str:
    """Return what is wrong with a CIDR block; empty if nothing is."""
    if not isinstance(value, str):
        return ""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return f"{value} is not a CIDR block"
    if str(network) != value:
        return f"{value} has host bits set; the network is {network}"
    if not shortest <= network.prefixlen <= longest:
        return f"{value} must be between /{shortest} and /{longest}"
    return ""


def cidr(name: str, shortest: int, longest: int) -> Check:
    """Check a property that is a CIDR block without host bits, of a size that AWS allows."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        reason = network_problem(inputs.get(name), shortest, longest)
        return [(name, reason)] if reason else []

    return check


def cidrs(name: str) -> Check:
    """Check a list of CIDR blocks."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        values = inputs.get(name)
        found = [(f"{name}[{index}]", network_problem(value, 0, 32)) for index, value in enumerate(items_of(values))]
        return [(path, reason) for path, reason in found if reason]

    return check


def items_of(value: Value) -> list[Value]:
    """Return the items of a list; none if it is missing or not known yet."""
    return value if isinstance(value, list) else []


def scaling_sizes(low: str, wanted: str, high: str) -> Check:
    """Check that minimum, desired and maximum size are in order."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        sizes = [inputs.get(key) for key in (low, wanted, high)]
        numbers = [size for size in sizes if isinstance(size, int)]
        if numbers != sorted(numbers):
            return [(wanted, f"{low} <= {wanted} <= {high} does not hold for {sizes}")]
        return []

    return check


def name_characters(name: str, length: int) -> Check:
    """Check length and characters of an IAM or EKS name."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        text = text_of(inputs.get(name))
        if text is None:
            return []
        if len(text) > length:
            return [(name, f"{text} has {len(text)} characters, {length} are allowed")]
        return [] if _IAM_NAME.fullmatch(text) else [(name, f"{text}: only letters, digits and _+=,.@- are allowed")]

    return check
