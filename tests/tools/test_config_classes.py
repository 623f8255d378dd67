"""Classes of configurations, read without being imported."""

from tools.config_classes import read_classes, table

SOURCE = """
class BaseTextConfig(PreTrainedConfig):
    model_type = "base_text"
    base_model_tp_plan = {"layers.*.mlp.up_proj": "colwise", "layers.*.mlp.down_proj": "rowwise"}
    attribute_map = {"num_hidden_layers": "n_layers", "image_token_id": "image_token_index"}
    vocab_size: int = 32_000
    hidden_size: int = 4096
    max_position_embeddings: int = 4096 * 32
    hidden_act: str = "relu2"
    rms_norm_eps: float = 1e-6
    sliding_window: int | None = None


class NewTextConfig(BaseTextConfig):
    model_type = "new_text"
    hidden_size: int = 2048


class NewConfig(PreTrainedConfig):
    model_type = "new"
    sub_configs = {"text_config": NewTextConfig, "vision_config": NewVisionConfig}


class OldConfig(PreTrainedConfig):
    model_type = "old"

    def __init__(self, vocab_size=100, n_layer=2, bos_token_id=1, **kwargs):
        self.vocab_size = vocab_size
"""


def test_defaults_aliases_gates_and_what_is_inherited() -> None:
    classes = {found.name: found for found in read_classes(SOURCE)}
    rows = table(classes, classes)
    assert rows["base_text"] == {
        "defaults": {
            "vocab_size": 32000,
            "hidden_size": 4096,
            "max_position_embeddings": 131072,
            "hidden_act": "relu2",
        },
        "aliases": {"num_hidden_layers": "n_layers"},
        "gated": False,
    }
    assert rows["new_text"]["defaults"]["hidden_size"] == 2048
    assert rows["new_text"]["gated"] is False
    assert rows["new"]["sub"] == {"text_config": "new_text"}
    assert rows["old"]["defaults"] == {"vocab_size": 100, "n_layer": 2}
