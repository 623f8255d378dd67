"""Every rule's examples: what passes, what fails, what a preview cannot decide, and a resource of another type."""

from dataclasses import dataclass

from tests.policies.judging import Case, Given


@dataclass(frozen=True, kw_only=True)
class Examples:
    passes: tuple[Case, ...]
    fails: tuple[Case, ...]
    unknown: tuple[Case, ...]
    """Nothing known is wrong: an advisory, no finding."""
    other: Given
    """A resource that the rule does not judge."""
    both: tuple[Case, ...] = ()
    """A known part is wrong and another part is unknown: a finding and an advisory."""
