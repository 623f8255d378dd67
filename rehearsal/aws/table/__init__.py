"""The one table of AWS types: which there are, and how each is made, read, changed and taken away."""

from dataclasses import replace

from rehearsal.aws.kind import Kind
from rehearsal.aws.table import access, compute, eks, messaging, network, security_groups, storage
from rehearsal.aws.table.computed import EMPTY

KINDS: dict[str, Kind] = {
    kind.token: replace(kind, empty=EMPTY.get(kind.token, {}))
    for part in (network, security_groups, compute, access, eks, storage, messaging)
    for kind in part.KINDS
}
