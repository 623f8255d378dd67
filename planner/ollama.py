"""Memory that Ollama needs for a GGUF model on CPUs (weights, key-value cache of every slot, buffers), and its speed."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from planner.catalog.instances import InstanceType
from planner.tables import read_table
from planner.units import GIB

KV_BYTES = 2
"""Bytes of one element of the key-value cache: f16, unless OLLAMA_KV_CACHE_TYPE says otherwise (Ollama's FAQ)."""
BUFFERS_GIB = 1.0
"""Allowance for compute buffers, the server and its runner; an allowance of this project, not a measurement."""

SOCKET_GB_PER_SECOND = 204.8
"""Memory bandwidth of a socket, 8 channels of DDR4-3200: AMD EPYC 7003 (c6a) and Intel Xeon of the third generation (c6i,
m6i, r6i), by their makers' specifications."""
VCPUS_PER_SOCKET: Mapping[str, int] = MappingProxyType({"c6a": 96, "c6i": 64, "m6i": 64, "r6i": 64})
"""Half the vCPUs of the largest size of the family, which has two sockets (Amazon EC2 User Guide)."""


@dataclass(frozen=True, kw_only=True)
class OllamaModel:
    """One model of Ollama's library."""

    name: str
    """As ``ollama pull`` takes it, such as ``llama3.1:8b``."""
    bytes: int
    """Size of its GGUF file."""
    quantization: str
    """Number format of the weights, such as ``Q4_K_M``."""
    parameter_size: str
    """Parameters, as Ollama shows them."""
    family: str
    """Architecture, as Ollama shows it."""
    layers: int
    """Transformer blocks."""
    kv_heads: int
    """Heads of the key-value cache."""
    head_dim: int
    """Width of each."""
    context_length: int
    """Longest context it was trained for, in tokens."""

    @property
    def gib(self) -> float:
        """Size of its GGUF file in GiB."""
        return self.bytes / GIB

    @property
    def kv_bytes_per_token(self) -> int:
        """Bytes of key-value cache a token takes."""
        return 2 * self.layers * self.kv_heads * self.head_dim * KV_BYTES


@dataclass(frozen=True, kw_only=True)
class OllamaMemory:
    """Memory of one server, in GiB."""

    weights: float
    """The GGUF file, mapped into memory."""
    kv_cache: float
    """Key-value cache of all parallel slots."""

    @property
    def total(self) -> float:
        """Everything, buffers included."""
        return self.weights + self.kv_cache + BUFFERS_GIB


def ollama_memory(model: OllamaModel, *, context_length: int, parallel: int) -> OllamaMemory:
    """Estimate the memory of a server.

    Ollama allocates the key-value cache for ``context_length`` tokens in each of its ``parallel`` slots when it loads the
    model (Ollama's FAQ: "Required RAM will scale by OLLAMA_NUM_PARALLEL * OLLAMA_CONTEXT_LENGTH").
    """
    tokens = min(context_length, model.context_length) * parallel
    return OllamaMemory(weights=model.gib, kv_cache=tokens * model.kv_bytes_per_token / GIB)


def decode_tokens_per_second(model: OllamaModel, machine: InstanceType, vcpus: float) -> tuple[float, float] | None:
    """Estimate the speed of one answer: the lowest and the highest tokens a second; None for a family without figures.

    Each token reads all weights once, so memory bandwidth bounds it: low with the vCPUs' share of their socket, high with
    that of the whole instance. It is a bound, not a measurement; answers in parallel slots share weights that are read.
    """
    per_socket = VCPUS_PER_SOCKET.get(machine.family)
    if per_socket is None:
        return None
    per_vcpu = SOCKET_GB_PER_SECOND * 1e9 / per_socket / model.bytes
    return per_vcpu * min(vcpus, machine.vcpus), per_vcpu * machine.vcpus


def known_ollama_model(name: str) -> OllamaModel | None:
    """Look up a model by the name ``ollama pull`` takes."""
    return ollama_models().get(name)


def nearest_ollama_models(name: str) -> list[str]:
    """Names in the table that look like this one."""
    return difflib.get_close_matches(name, ollama_models(), n=3)


@cache
def ollama_models() -> Mapping[str, OllamaModel]:
    """Every known model by name."""
    rows = read_table("ollama-models.json")["models"]
    return MappingProxyType({name: OllamaModel(name=name, **row) for name, row in rows.items()})
