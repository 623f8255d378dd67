"""Cold starts of a stack's services as the planner predicts them, for each instance type of their pools."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from planner.catalog.gpus import gpu_of
from planner.catalog.instances import InstanceType
from planner.coldstart.pieces import ColdStart
from planner.coldstart.predict import Engine, Machine, Source, predict
from settings.derived.streaming import loader_config, reads_once
from settings.derived.timeouts import start_model
from settings.models.pools import GP3_THROUGHPUT, PoolFacts
from settings.models.services.vllm import BucketWeights, VllmSettings


@dataclass(frozen=True, kw_only=True)
class Start:
    """The start of one service on one instance type."""

    instance_type: str
    """The type."""
    first: ColdStart
    """The first start of this model, GPU, image and options: nothing is compiled yet."""
    again: ColdStart
    """A start that finds what was compiled before."""
    kept: bool = False
    """Whether what was compiled is kept in the bucket, so that pods of the service start like ``again``."""

    def as_dict(self) -> dict[str, object]:
        """The start as the JSON of ``llm-plan coldstart`` has it."""
        return {
            "instance_type": self.instance_type,
            "first": self.first.as_dict(),
            "again": self.again.as_dict(),
            "compile_cache": self.kept,
        }


def cold_starts(service: VllmSettings, pool: PoolFacts) -> list[Start]:
    """The starts of a service, one for each type with a GPU that its pool may launch, in the order of the settings.

    Raises:
        LookupError: the size of its weights is neither stated nor known.
    """
    return [_start(service, pool, machine) for machine in pool.machines if machine.gpu and machine.gpus >= service.gpus]


def start_words(starts: list[Start]) -> str:
    """The range of a service's cold start in words, over the types of its pool; empty where there is no such type."""
    if not starts:
        return ""
    kept = all(start.kept for start in starts)
    known = [(start.again if kept else start.first).known for start in starts]
    low, high = min(one.low for one in known), max(one.high for one in known)
    unknown = sorted({piece.value for start in starts for piece in start.first.unknown})
    without = f", without {', '.join(unknown)}, which is not known" if unknown else ""
    others = [(start.first if kept else start.again).known.expected for start in starts]
    return (
        f"about {_span([one.expected for one in known])} s ({low:.0f} to {high:.0f}){' with its compile cache' if kept else ''}, "
        f"{_span(others)} s {'until it is filled' if kept else 'once compiled'}{without}"
    )


def start_line(name: str, starts: list[Start]) -> str | None:
    """A service's cold start in one line of the preview; None where there is nothing to say."""
    words = start_words(starts)
    return f"cold start of {name}: {words}; `llm-platform coldstart` has the pieces" if words else None


def _span(seconds: list[float]) -> str:
    low, high = round(min(seconds)), round(max(seconds))
    return f"{low}" if low == high else f"{low} to {high}"


def _start(service: VllmSettings, pool: PoolFacts, machine: InstanceType) -> Start:
    node = Machine(
        type=machine,
        launched=pool.provisioner == "karpenter",
        parallel_pull=pool.parallel_image_pull,
        disk_mib_s=GP3_THROUGHPUT,
    )
    engine = _engine(service, pool, machine)
    return Start(
        instance_type=machine.name,
        first=predict(node, engine),
        again=predict(node, replace(engine, cached=True)),
        kept=service.has_compile_cache,
    )


def _engine(service: VllmSettings, pool: PoolFacts, machine: InstanceType) -> Engine:
    """The first start's engine: nothing is compiled yet."""
    from_bucket = isinstance(service.weights, BucketWeights)
    return Engine(
        image=service.image,
        model=start_model(service),
        gpu=gpu_of(machine),
        workers=service.gpus,
        size_gib=service.weights_gib,
        source=Source.BUCKET if from_bucket else Source.HUB,
        read_once=reads_once(service, pool),
        streams=int(loader_config(service, pool)["concurrency"]) if from_bucket else 1,
        eager=service.args.get("enforce-eager") is True,
    )


def service_starts(services: Mapping[str, object], pools: Mapping[str, PoolFacts]) -> dict[str, list[Start]]:
    """The starts of every vLLM service whose pool is known."""
    return {
        name: cold_starts(service, pools[service.pool])
        for name, service in services.items()
        if isinstance(service, VllmSettings) and service.pool in pools
    }
