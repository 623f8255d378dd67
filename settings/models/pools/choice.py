"""Which model reads a pool in plain data: by its kind and its provisioner."""

from collections.abc import Mapping
from types import MappingProxyType

from planner.shown import as_yaml
from settings.models.pools.karpenter import KarpenterCpuPool, KarpenterGpuPool
from settings.models.pools.node_group import CpuPool, GpuPool, SystemPool

NodeGroupPool = SystemPool | CpuPool | GpuPool
KarpenterNodePool = KarpenterCpuPool | KarpenterGpuPool
Pool = NodeGroupPool | KarpenterNodePool

_MODELS: Mapping[tuple[str, str], type[Pool]] = MappingProxyType(
    {
        ("cpu", "node_group"): CpuPool,
        ("cpu", "karpenter"): KarpenterCpuPool,
        ("gpu", "node_group"): GpuPool,
        ("gpu", "karpenter"): KarpenterGpuPool,
        ("system", "node_group"): SystemPool,
    }
)
_KINDS, _PROVISIONERS = (tuple(sorted(set(names))) for names in zip(*_MODELS, strict=True))


class UnknownPoolError(ValueError):
    """No model of pools has this kind and provisioner; the message has the fix."""

    def __init__(self, key: str, message: str) -> None:
        """Keep the key of the pool that is wrong."""
        super().__init__(message)
        self.key = key


def pool_model(pool: object) -> type[Pool]:
    """The settings model of a pool in plain data; anything but a map is left to a model to refuse.

    Raises:
        UnknownPoolError: there is no such kind, provisioner, or pair of both.
    """
    if not isinstance(pool, Mapping):
        return GpuPool
    kind = _chosen(pool.get("kind"), "kind", _KINDS)
    provisioner = _chosen(pool.get("provisioner", "node_group"), "provisioner", _PROVISIONERS)
    if (kind, provisioner) not in _MODELS:
        raise UnknownPoolError(
            "provisioner",
            f"is {provisioner}, but the system pool runs Karpenter itself: omit it, or make the pool kind cpu",
        )
    return _MODELS[kind, provisioner]


def has_karpenter(pools: Mapping[str, Pool]) -> bool:
    """Whether Karpenter launches nodes of any pool."""
    return any(pool.provisioner == "karpenter" for pool in pools.values())


def _chosen(value: object, key: str, choices: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    wrong = "is missing" if value is None else f"is {as_yaml(value)}"
    raise UnknownPoolError(key, f"{wrong}: choose from {', '.join(choices)}")
