"""Checks that rules and templates of Amazon ECR share."""

import re

from rehearsal.aws.context import ResourceContext
from rehearsal.aws.input_checks import text_of
from rehearsal.aws.resource_type import Check, Failures
from rehearsal.plugins.wire import Properties

_PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
_PREFIX = re.compile(rf"{_PART}(/{_PART})*/?|ROOT")


def repository_prefix(name: str, longest: int) -> Check:
    """Check a prefix of repositories, of a length that Amazon ECR takes (API Reference)."""

    def check(_: ResourceContext, inputs: Properties) -> Failures:
        prefix = text_of(inputs.get(name))
        if prefix is None or (len(prefix) <= longest and _PREFIX.fullmatch(prefix)):
            return []
        return [(name, f"{prefix} is not a prefix of repositories of at most {longest} characters")]

    return check
