"""The one table of AWS types: which there are, and how each is made, read, changed and taken away."""

from rehearsal.providers.aws.kind import Kind
from rehearsal.providers.aws.table import access, compute, eks, messaging, network, security_groups, storage

KINDS: dict[str, Kind] = {
    kind.token: kind
    for part in (network, security_groups, compute, access, eks, storage, messaging)
    for kind in part.KINDS
}
