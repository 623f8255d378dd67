"""Shapes of made-up stacks."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from planner.cost import BillablePool, BillableService, BillableStack, Disk, list_prices

PRICED = sorted(list_prices().nodes)

SYSTEM = BillablePool(
    name="system",
    instance_types=("m5.xlarge",),
    spot=False,
    minimum=2,
    deployed=2,
    maximum=4,
    disk=Disk(gib=80, throughput=600),
)
G5 = BillablePool(
    name="g5",
    instance_types=("g5.2xlarge",),
    spot=True,
    minimum=0,
    deployed=1,
    maximum=3,
    disk=Disk(gib=200, throughput=600),
)
SERVICE = BillableService(name="small", pool="g5", replicas=1, gpus=1, weights_gib=15, max_num_seqs=64)
STACK = BillableStack(
    stack="dev",
    region="us-east-1",
    zones=2,
    kubernetes="1.35",
    nat_gateways=1,
    endpoint_interfaces=8,
    kms_keys=2,
    pools=(SYSTEM, G5),
    services=(SERVICE,),
)


def stack(**changes: Any) -> BillableStack:
    return replace(STACK, **changes)


@st.composite
def pools(draw: st.DrawFn, name: str = "pool") -> BillablePool:
    sizes = sorted(draw(st.lists(st.integers(0, 50), min_size=3, max_size=3)))
    return BillablePool(
        name=name,
        instance_types=tuple(draw(st.lists(st.sampled_from(PRICED), min_size=1, max_size=3, unique=True))),
        spot=draw(st.booleans()),
        minimum=sizes[0],
        deployed=sizes[1],
        maximum=sizes[2],
        disk=Disk(
            gib=draw(st.integers(1, 2000)),
            iops=draw(st.integers(100, 16000)),
            throughput=draw(st.integers(100, 1000)),
        ),
    )


@st.composite
def stacks(draw: st.DrawFn) -> BillableStack:
    count = draw(st.integers(0, 3))
    made = tuple(draw(pools(f"pool-{place}")) for place in range(count))
    services = tuple(
        BillableService(
            name=f"service-{place}",
            pool=draw(st.sampled_from([pool.name for pool in made] or ["none"])),
            replicas=draw(st.integers(1, 5)),
            gpus=draw(st.integers(1, 8)),
            weights_gib=draw(st.floats(0.1, 800)),
            bucket_prefix=draw(st.sampled_from([None, "weights/a", "weights/b"])),
            internet_facing=draw(st.booleans()),
        )
        for place in range(draw(st.integers(0, 3)))
    )
    return BillableStack(
        stack="made-up",
        region="us-east-1",
        zones=draw(st.integers(2, 3)),
        kubernetes=draw(st.sampled_from([None, "1.35"])),
        nat_gateways=draw(st.integers(0, 3)),
        endpoint_interfaces=draw(st.integers(0, 30)),
        kms_keys=draw(st.integers(0, 3)),
        fsx_gib=draw(st.integers(0, 4800)),
        pools=made,
        services=services,
    )
