"""How large the published files of a model's weights are."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class StoredWeights:
    """The weights of a checkpoint as its files have them, whatever its ``config.json`` says."""

    bytes: int
    """Size of the files that hold them; of copies in another format one counts."""
    parameters: int | None = None
    """Parameters, where index or Hub state them and none is packed with others into one number."""
    origin: str
    """Where the figures are from, such as ``model.safetensors.index.json``."""
