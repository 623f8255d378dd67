"""Read the configuration classes of Transformers and vLLM without importing them.

A published ``config.json`` may omit what equals the default of its class, and may use the class's own names of keys. This
parses the classes of an unpacked Transformers wheel and of an unpacked vLLM source distribution, and writes what bears on
memory to ``planner/data/config-classes.json``, one line for each ``model_type``::

    pip download --no-deps transformers==5.24.0 && python -m zipfile -e transformers-*.whl /tmp/transformers
    pip download --no-deps --no-binary :all: vllm==0.33.0 && tar xf vllm-*.tar.gz
    .venv/bin/python -m tools.config_classes /tmp/transformers vllm-0.33.0
"""

import ast
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "planner" / "data" / "config-classes.json"
_OF_MEMORY = re.compile(
    r"hidden|layer|head|kv|group|ffn|inter|inner|dim|size|rank|expert|moe|top_?k|embd|position|seq|length|step|freq|"
    r"period|offset|model|multi|new_decoder|n_embd|bias|act|tie|window|norm|expand|conv|state|chunk|pattern|multiplier|n_inner|attn|shared|interval",
    re.IGNORECASE,
)
_NOT_OF_MEMORY = re.compile(
    r"token|dropout|drop|eps|epsilon|initializer|std|theta|loss|coef|scal|softcap|init|router_jitter|temperature|image|"
    r"audio|video|vision|mask|spec_aug|mel|lora_alpha|use_cache|summary|classifier|prune|label|beam|penalty",
    re.IGNORECASE,
)
_VISION = re.compile(r"Vision|Audio|Image|Speech|Qformer|QFormer|Tokenizer|Codec|VQ|Processor")


@dataclass
class ConfigClass:
    """One class of a configuration."""

    name: str
    bases: tuple[str, ...]
    model_type: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    sub_configs: dict[str, str] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    """Names of modules in its tensor parallel plan."""


def main(arguments: list[str]) -> None:
    """Write the table from the folders of a wheel and of a source distribution."""
    if len(arguments) != 2:
        sys.exit("usage: python -m tools.config_classes TRANSFORMERS_FOLDER VLLM_FOLDER")
    transformers, vllm = map(Path, arguments)
    # Of a type that both know, Transformers' class counts: vLLM has its own for checkpoints of another origin.
    own = _classes(vllm.glob("vllm/transformers_utils/configs/**/*.py"))
    theirs = _classes(transformers.glob("transformers/models/*/configuration_*.py"))
    rows = table(own | theirs, own) | table(theirs, theirs)
    lines = ",\n".join(f"{json.dumps(kind)}: {json.dumps(row, sort_keys=True)}" for kind, row in sorted(rows.items()))
    versions = {"transformers": _version(transformers, "transformers"), "vllm": vllm.name.removeprefix("vllm-")}
    DATA.write_text(f'{{"source": {json.dumps(versions)},\n"classes": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"{DATA}: {len(rows)} model types")  # noqa: T201  the command's answer


def _classes(paths: Iterable[Path]) -> dict[str, ConfigClass]:
    return {found.name: found for path in sorted(paths) for found in read_classes(path.read_text(encoding="utf-8"))}


def read_classes(source: str) -> Iterator[ConfigClass]:
    """The classes of one file, with what their bodies and ``__init__`` say as plain values."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            yield _class(node)


def table(classes: Mapping[str, ConfigClass], wanted: Mapping[str, ConfigClass]) -> dict[str, dict[str, Any]]:
    """What bears on memory, by ``model_type`` of the wanted classes, what a class inherits included."""
    rows = {}
    for found in wanted.values():
        chain = list(_chain(found, classes))
        kind = found.model_type
        values = _merged([each.values for each in chain])
        if (
            not kind
            or _VISION.search(found.name)
            or not _is_text(values, _merged([each.sub_configs for each in chain]))
        ):
            continue
        row: dict[str, Any] = {"defaults": {key: value for key, value in sorted(values.items()) if _bears(key, value)}}
        aliases = _merged([each.aliases for each in chain])
        row["aliases"] = {key: name for key, name in sorted(aliases.items()) if _bears(key, 0) and key != "head_dim"}
        sub = _merged([each.sub_configs for each in chain])
        row["sub"] = {
            key: classes[name].model_type
            for key, name in sorted(sub.items())
            if name in classes and classes[name].model_type and not _VISION.search(name)
        }
        gated = _gated(next((each.modules for each in chain if each.modules), ()))
        rows[kind] = {key: value for key, value in row.items() if value} | ({} if gated is None else {"gated": gated})
    return rows


def _class(node: ast.ClassDef) -> ConfigClass:
    found = ConfigClass(name=node.name, bases=tuple(base.id for base in node.bases if isinstance(base, ast.Name)))
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            found.values.update(_parameters(item))
            continue
        if not isinstance(item, ast.AnnAssign | ast.Assign) or item.value is None:
            continue
        target, value = item.target if isinstance(item, ast.AnnAssign) else item.targets[0], item.value
        if not isinstance(target, ast.Name):
            continue
        if target.id == "model_type":
            found.model_type = str(_literal(value) or "")
        elif target.id == "attribute_map":
            found.aliases.update(_literal(value) or {})
        elif target.id == "base_model_tp_plan":
            found.modules = tuple(_literal(value) or ())
        elif target.id == "sub_configs" and isinstance(value, ast.Dict):
            pairs = zip(value.keys, value.values, strict=True)
            found.sub_configs.update(
                {str(_literal(key)): name.id for key, name in pairs if key and isinstance(name, ast.Name)}
            )
        elif isinstance(item, ast.AnnAssign):
            found.values[target.id] = _literal(value)
    return found


def _parameters(function: ast.FunctionDef) -> dict[str, Any]:
    arguments = function.args.args
    pairs = zip(arguments[len(arguments) - len(function.args.defaults) :], function.args.defaults, strict=True)
    values = {argument.arg: _literal(value) for argument, value in pairs}
    for argument, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        values[argument.arg] = None if value is None else _literal(value)
    return values


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _literal(node.left), _literal(node.right)
        return left * right if isinstance(left, int) and isinstance(right, int) else None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _chain(found: ConfigClass, classes: Mapping[str, ConfigClass]) -> Iterator[ConfigClass]:
    """The class and what it inherits from, nearest first."""
    yield found
    for base in found.bases:
        if base in classes and base != found.name:
            yield from _chain(classes[base], classes)


def _merged(nearest_first: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: value for each in reversed(nearest_first) for key, value in each.items()}


def _is_text(values: Mapping[str, Any], sub_configs: Mapping[str, Any]) -> bool:
    return "vocab_size" in values or any("text" in key or "llm" in key or "thinker" in key for key in sub_configs)


def _gated(modules: tuple[str, ...]) -> bool | None:
    """Whether networks have a gate beside their up projection, where the tensor parallel plan names them."""
    networks = [name for name in modules if re.search(r"mlp|feed_forward|expert|ffn|block_sparse", name)]
    if any(re.search(r"gate_proj|gate_up_proj|\.w1$|\.w3$", name) for name in networks):
        return True
    return False if any(re.search(r"up_proj|fc1|c_fc|dense_h_to_4h", name) for name in networks) else None


def _bears(key: str, value: Any) -> bool:
    if value is None or not _OF_MEMORY.search(key) or _NOT_OF_MEMORY.search(key):
        return False
    return isinstance(value, bool | int | str | float)


def _version(folder: Path, package: str) -> str:
    found = next(folder.glob(f"{package}-*.dist-info"), None)
    return found.name.removeprefix(f"{package}-").removesuffix(".dist-info") if found else "?"


if __name__ == "__main__":
    main(sys.argv[1:])
