"""Addresses of the VPC that a node takes for itself and its pods.

The VPC CNI keeps one network interface more than the pods need, with all its addresses (``WARM_ENI_TARGET`` 1); the few pods
of a node here fit on the first. An interface has as many addresses as the instance type allows: EC2 User Guide, "Maximum IP
addresses per network interface" (``Ipv4AddressesPerInterface`` of DescribeInstanceTypes).
"""

import math

from planner.catalog.instances import InstanceType
from settings.derived.karpenter_capacity import at_limit
from settings.models.pools import PoolFacts

INTERFACES = 2
_BY_VCPUS = ((2, 10), (8, 15), (48, 30))
_MOST = 50
_BY_FAMILY = {"g7": 64, "g7e": 64}
_BY_TYPE = {
    "g4dn.xlarge": 10,
    "g4dn.2xlarge": 10,
    "g4dn.4xlarge": 10,
    "g4dn.8xlarge": 15,
    "g4dn.16xlarge": 15,
    "g5.12xlarge": 50,
    "g5.16xlarge": 30,
    "p3.16xlarge": 30,
    "t3.medium": 6,
    "t3.large": 12,
}


def addresses_an_interface(machine: InstanceType) -> int:
    """IPv4 addresses of one network interface."""
    stated = _BY_TYPE.get(machine.name) or _BY_FAMILY.get(machine.family)
    return stated or next((count for vcpus, count in _BY_VCPUS if machine.vcpus <= vcpus), _MOST)


def addresses_a_node(machine: InstanceType) -> int:
    """Addresses of the node subnet that one node takes."""
    return INTERFACES * addresses_an_interface(machine)


def most_addresses(pool: PoolFacts) -> int:
    """Addresses that the nodes of a pool take at most.

    Of a Karpenter pool the limit bounds the nodes: the type with the most addresses for what it takes of the limit, and one
    largest node that overshoots it.
    """
    largest = max(map(addresses_a_node, pool.machines))
    limit = pool.limit_gpus or pool.limit_vcpus
    if limit is None:
        return pool.max * largest
    return math.floor(at_limit(limit, pool.machines, addresses_a_node)) + largest
