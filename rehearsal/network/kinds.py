"""The two kinds of a sandbox's network, and what each can do, in words."""

from enum import StrEnum


class Kind(StrEnum):
    """How the pods of a sandbox get addresses."""

    NAMESPACES = "namespaces"
    LOOPBACK = "loopback"


_SAID = {
    Kind.NAMESPACES: "network   namespaces: every pod has its address in the VPC and ports of its own",
    Kind.LOOPBACK: (
        "network   loopback: pods share this machine's ports (a second server on 0.0.0.0:PORT cannot start), pod "
        "addresses cannot be dialed, names of Services do not resolve; docs/rehearsal.md says how to enable namespaces"
    ),
}


def line(network: str) -> str:
    """One line for people about a sandbox's network."""
    return _SAID[Kind(network)] if network else "network   not tried yet"
