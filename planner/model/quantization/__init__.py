"""How weights are quantized: the scheme of each module, from a checkpoint's files or from ``--quantization``."""

from planner.model.quantization.checkpoint import of_checkpoint
from planner.model.quantization.errors import UnknownQuantizationError, UnreadableQuantizationError
from planner.model.quantization.files import needs_file_beside, of_files, with_file_beside
from planner.model.quantization.online import NEED_A_CHECKPOINT, of_method, reads
from planner.model.quantization.quantization import UNQUANTIZED, Part, Quantization, Rule
from planner.model.quantization.scheme import Scheme

__all__ = [
    "NEED_A_CHECKPOINT",
    "UNQUANTIZED",
    "Part",
    "Quantization",
    "Rule",
    "Scheme",
    "UnknownQuantizationError",
    "UnreadableQuantizationError",
    "needs_file_beside",
    "of_checkpoint",
    "of_files",
    "of_method",
    "reads",
    "with_file_beside",
]
