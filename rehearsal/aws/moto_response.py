"""A response of moto."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MotoResponse:
    """Status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def good(self) -> bool:
        """Return whether the request was done."""
        return self.status.startswith("2")
