"""Schemes: how the weights of one module are stored, in bytes a parameter."""

from dataclasses import dataclass

SCALE_BYTES = 2
FP8_EDGE = 128
MX_GROUP = 32
NVFP4_GROUP = 16
BNB_BLOCK = 64
DEFAULT_GROUP = 128
_MXFP4_PADDING = 256
_SPARSE_SHARE = 0.5
_BITMASK_BYTES = 1 / 8


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """One way to store the weights of a module."""

    family: str
    """What the GPU must be able to load: ``fp8``, ``fp4`` (NVFP4), ``mxfp4``, ``mxfp8``, ``int4`` or ``int8``."""
    bits: float
    """Bits of one parameter, without its share of scales."""
    overhead_bytes: float = 0.0
    """Bytes of scales and zero points that one parameter pays for, as loaded."""
    stored_overhead: float | None = None
    """The same in the files, where that differs."""
    group: int = 0
    """Neighbouring weights of a row that share a scale; tensor parallelism may not cut them. 0 where none do."""
    rows: int = 0
    """Neighbouring rows that share a scale as well; 0 where none do."""
    padding: int = 1
    """Multiple to which the dimensions of quantized experts are padded."""

    @property
    def loaded_bytes(self) -> float:
        """Bytes of one parameter in the GPU's memory, padding aside."""
        return self.bits / 8 + self.overhead_bytes

    @property
    def stored_bytes(self) -> float:
        """Bytes of one parameter in the files."""
        return self.bits / 8 + (self.overhead_bytes if self.stored_overhead is None else self.stored_overhead)


FP8 = Scheme(family="fp8", bits=8)
"""FP8 with a scale per tensor or channel; those scales do not count: below 0.1 %."""
INT8 = Scheme(family="int8", bits=8)
"""INT8 with a scale per tensor or channel."""
NVFP4 = Scheme(family="fp4", bits=4, overhead_bytes=1 / NVFP4_GROUP, group=NVFP4_GROUP)
"""Groups of 16 with a scale in FP8."""
MXFP8 = Scheme(family="mxfp8", bits=8, overhead_bytes=1 / MX_GROUP, group=MX_GROUP)
"""Groups of 32 with an exponent of 8 bits."""
MXFP4 = Scheme(family="mxfp4", bits=4, overhead_bytes=1 / MX_GROUP, group=MX_GROUP)
"""Groups of 32 with an exponent of 8 bits."""
MXFP4_EXPERTS = Scheme(family="mxfp4", bits=4, overhead_bytes=1 / MX_GROUP, padding=_MXFP4_PADDING)
"""The same for experts, whose kernels want multiples of 256 or so and pad what a GPU has."""


def fp8_blocks(rows: int = FP8_EDGE, columns: int = FP8_EDGE) -> Scheme:
    """FP8 with a scale of 32 bits for each block of ``rows`` times ``columns`` weights."""
    return Scheme(family="fp8", bits=8, overhead_bytes=4 / (rows * columns), group=columns, rows=rows)


def integers(bits: float, group: int = 0, *, zero_points: bool = False) -> Scheme:
    """Packed integers.

    Args:
        bits: Bits of a weight.
        group: Weights that share a scale of 16 bits; 0 for a scale per channel.
        zero_points: Whether each group has a zero point of ``bits``, too.
    """
    per_group = SCALE_BYTES + (bits / 8 if zero_points else 0)
    family = "int4" if bits <= 4 else "int8"
    return Scheme(family=family, bits=bits, overhead_bytes=per_group / group if group else 0.0, group=group)


def fp8_groups(group: int) -> Scheme:
    """FP8 with a scale of 16 bits for each group of a row."""
    return Scheme(family="fp8", bits=8, overhead_bytes=SCALE_BYTES / group, group=group)


def bitsandbytes(bits: int, *, nested: bool = False) -> Scheme:
    """bitsandbytes: 4 bits in blocks of 64, or 8 with a scale per row.

    Args:
        bits: 4 or 8.
        nested: Whether the files have the scales in 8 bits (double quantization); vLLM unpacks those to 32.
    """
    if bits != 4:
        return INT8
    scales = 4 / BNB_BLOCK
    stored = (1 + 4 / 256) / BNB_BLOCK if nested else scales
    return Scheme(family="int4", bits=4, overhead_bytes=scales, stored_overhead=stored)


def sparse(dense: Scheme) -> Scheme:
    """Two of four weights kept: half of the values, and a bit for each place."""
    return Scheme(
        family=dense.family,
        bits=dense.bits * _SPARSE_SHARE,
        overhead_bytes=dense.overhead_bytes + _BITMASK_BYTES,
        group=dense.group,
    )
