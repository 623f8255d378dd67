"""Every rule's examples: what passes, what fails, what a preview cannot decide, and a resource of another type."""

from dataclasses import dataclass, replace

from tests.policies.judging import Case, Given


@dataclass(frozen=True, kw_only=True)
class Examples:
    passes: tuple[Case, ...] = ()
    fails: tuple[Case, ...] = ()
    unknown: tuple[Case, ...] = ()
    """Nothing known is wrong: an advisory, no finding."""
    other: Given | None = None
    """A resource that the rule does not judge; one of a rule's modules has it."""
    both: tuple[Case, ...] = ()
    """A known part is wrong and another part is unknown: a finding and an advisory."""

    def with_more(self, more: "Examples") -> "Examples":
        """These examples and those of another module."""
        return replace(
            self,
            passes=self.passes + more.passes,
            fails=self.fails + more.fails,
            unknown=self.unknown + more.unknown,
            other=self.other or more.other,
            both=self.both + more.both,
        )
