"""What a checkpoint's files hold and vLLM does not load, or the reverse: the difference between their size and memory."""

from planner.model.architecture import ModelArchitecture
from planner.model.parameters import layer_weights


def unloaded_parameters(shape: ModelArchitecture, *, mtp_layers: int, vocabulary_matrices: int) -> int:
    """Parameters in the files of a checkpoint beyond those that vLLM loads to serve it without speculative decoding.

    Args:
        shape: The model.
        mtp_layers: Layers for multi-token prediction: each is like the model's last layer, and has a projection of two
            hidden states to one and three norms (``*_mtp.py`` in vLLM's ``model_executor/models``).
        vocabulary_matrices: Matrices of vocabulary by hidden width beyond those that are loaded; may be negative.
    """
    last = sum(weight.count for weight in layer_weights(shape, shape.layers[-1]))
    joined = 2 * shape.hidden * shape.hidden + 3 * shape.hidden
    return mtp_layers * (last + joined) + vocabulary_matrices * shape.vocab * shape.hidden
