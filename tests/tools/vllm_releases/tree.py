"""A small made-up vLLM with options of every kind that its releases have had."""

from textwrap import dedent

from tools.vllm_releases.source import Source

SERVE = """
    from vllm.entrypoints.openai.cli_args import make_arg_parser

    class ServeSubcommand:
        name = "serve"

        def subparser_init(self, subparsers):
            parser = subparsers.add_parser("serve", help="Serve")
            return make_arg_parser(parser)
"""
CLI = """
    import argparse
    import json
    from dataclasses import field
    from typing import Any, Literal
    from vllm.config import config
    from vllm.engine.arg_utils import AsyncEngineArgs, optional_type
    from vllm.tool_parsers import ToolParserManager

    @config
    class BaseFrontendArgs:
        chat_template: str | None = None
        tool_call_parser: str | None = None
        tokens: list[int] | None = None

        @classmethod
        def _customize_cli_kwargs(cls, frontend_kwargs):
            frontend_kwargs["tool_call_parser"]["metavar"] = ",".join(ToolParserManager.list_registered())
            return frontend_kwargs

        @classmethod
        def add_cli_args(cls, parser):
            from vllm.engine.arg_utils import get_kwargs

            frontend_kwargs = cls._customize_cli_kwargs(get_kwargs(cls))
            group = parser.add_argument_group(title=cls.__name__)
            for key, value in frontend_kwargs.items():
                extra_flags = value.pop("flags", [])
                group.add_argument(*extra_flags, f"--{key.replace('_', '-')}", **value)
            return parser

    @config
    class FrontendArgs(BaseFrontendArgs):
        origins: list[str] = field(default_factory=list)
        level: Literal["low", "high"] = "low"

        @classmethod
        def _customize_cli_kwargs(cls, frontend_kwargs):
            frontend_kwargs = super()._customize_cli_kwargs(frontend_kwargs)
            frontend_kwargs["origins"]["type"] = json.loads
            if "nargs" in frontend_kwargs["origins"]:
                del frontend_kwargs["origins"]["nargs"]
            frontend_kwargs["level"]["flags"] = ["-l"]
            return frontend_kwargs

    def make_arg_parser(parser):
        parser.add_argument("model_tag", nargs="?")
        parser.add_argument("--headless", action="store_true")
        parser = FrontendArgs.add_cli_args(parser)
        return AsyncEngineArgs.add_cli_args(parser)
"""
ARGS = """
    import argparse
    import json
    import sys
    from typing import TYPE_CHECKING, Any, Literal, get_args
    from vllm.config import LoadFormat, ModelConfig, TaskOption
    from vllm.platforms import current_platform

    if TYPE_CHECKING:
        from vllm.quantization import QuantizationMethods
    else:
        QuantizationMethods = str

    def optional_type(return_type):
        return return_type

    def literal_to_kwargs(type_hints):
        return {"metavar": None}

    def human_readable_int(value):
        return int(value)

    def get_kwargs(cls):
        for name in cls:
            if name in {"max_len"}:
                pass
        raise NotImplementedError

    class EngineArgs:
        @staticmethod
        def add_cli_args(parser):
            model_kwargs = get_kwargs(ModelConfig)
            group = parser.add_argument_group(title="ModelConfig", description=ModelConfig.__doc__)
            if not ("serve" in sys.argv[1:] and "--help" in sys.argv[1:]):
                group.add_argument("--model", **model_kwargs["model"])
            group.add_argument("--max-len", "-m", **model_kwargs["max_len"])
            group.add_argument("--seqs", **{**model_kwargs["seqs"], "default": None})
            group.add_argument("--dtype", **model_kwargs["dtype"])
            group.add_argument("--eager", **model_kwargs["eager"])
            group.add_argument("--token", **model_kwargs["token"])
            group.add_argument("--overrides", **model_kwargs["overrides"])
            group.add_argument("--inner", **model_kwargs["inner"])
            group.add_argument("--mode", **model_kwargs["mode"])
            group.add_argument("--backend", **model_kwargs["backend"])
            group.add_argument("--speed", **model_kwargs["speed"])
            model_kwargs["kernels"]["choices"].remove("hidden")
            group.add_argument("--kernels", **model_kwargs["kernels"])
            parser.add_argument("--task", choices=get_args(TaskOption))
            parser.add_argument("--load", choices=[f.value for f in LoadFormat], type=str)
            parser.add_argument("--quant", "-q", type=optional_type(str), choices=[*["a", "b"], None])
            parser.add_argument("--where", choices=["auto", current_platform.device_type])
            parser.add_argument("--share", type=optional_type(float))
            parser.add_argument("--size", type=human_readable_int)
            current_platform.update(parser)
            return parser

    class AsyncEngineArgs(EngineArgs):
        @staticmethod
        def add_cli_args(parser, async_args_only: bool = False):
            if not async_args_only:
                parser = EngineArgs.add_cli_args(parser)
            parser.add_argument("--quiet", action=argparse.BooleanOptionalAction)
            return parser
"""
CONFIG = """
    import enum
    from typing import Any, ClassVar, Literal, Optional, Union
    from pydantic import Field, SkipValidation
    from dataclasses import dataclass

    def config(cls):
        return cls

    TaskOption = Literal["generate", "embed"]
    Fast = Literal["auto", "fast"]

    class LoadFormat(str, enum.Enum):
        AUTO = "auto"
        PT = "pt"

    class Backend(enum.Enum):
        FLASH = "vllm.flash"
        TRITON = "vllm.triton"

    class Speed(enum.IntEnum):
        SLOW = 0
        QUICK = 1

    @config
    class Inner:
        x: int = 1

    @config
    class ModelConfig:
        known: ClassVar[int] = 1
        model: str = "m"
        max_len: SkipValidation[int] = None
        seqs: int = Field(default=8, ge=1)
        dtype: Union[Fast, None] = "auto"
        eager: bool = False
        token: "bool | str | None" = None
        overrides: dict[str, Any] = Field(default_factory=dict)
        inner: Optional[Inner] = None
        mode: str | Fast = "auto"
        backend: Backend | None = None
        speed: Speed = Speed.QUICK
        kernels: Literal["one", "hidden"] | None = None

    @config
    class SpeculativeConfig:
        method: Literal["ngram", "eagle"] | None = None

    @config
    class StructuredOutputsConfig:
        backend: Literal["auto", "xgrammar"] = "auto"
"""
FILES = {
    "vllm/entrypoints/cli/serve.py": SERVE,
    "vllm/entrypoints/openai/cli_args.py": CLI,
    "vllm/engine/arg_utils.py": ARGS,
    "vllm/config/__init__.py": CONFIG,
    "vllm/tool_parsers/__init__.py": """
        _TOOL_PARSERS_TO_REGISTER = {"alpha": ("alpha_file", "Alpha")}
    """,
    "vllm/tool_parsers/beta.py": """
        from vllm.tool_parsers.manager import ToolParserManager

        @ToolParserManager.register_module("beta")
        @ToolParserManager.register_module(["gamma", "delta"])
        class Beta:
            pass

        ToolParserManager.register_lazy_module(name="epsilon", module_path="x", class_name="Y")
    """,
    "vllm/reasoning/__init__.py": """
        _REASONING_PARSERS_TO_REGISTER = {"think": ("file", "Class")}
    """,
    "vllm/model_executor/model_loader/__init__.py": """
        from typing import Literal

        LoadFormats = Literal["auto", "runai_streamer"]
    """,
    "vllm/model_executor/layers/quantization/__init__.py": """
        from typing import Literal

        QuantizationMethods = Literal["fp8", "awq"]
    """,
    "vllm/model_executor/models/registry.py": """
        _TEXT_GENERATION_MODELS = {"AForCausalLM": ("a", "AForCausalLM"), "BForCausalLM": ("b", "BForCausalLM")}
        _EMBEDDING_MODELS: dict[str, tuple[str, str]] = {"AModel": ("a", "AForCausalLM"), **{}}
        _SPECULATIVE_DECODING_MODELS = {"ADraft": ("a", "ADraft")}
        _VLLM_MODELS = {**_TEXT_GENERATION_MODELS, **_EMBEDDING_MODELS}
        _PREVIOUSLY_SUPPORTED_MODELS = {"ZForCausalLM": "0.8.5"}
    """,
    "vllm/distributed/kv_transfer/kv_connector/factory.py": """
        class KVConnectorFactory:
            pass

        KVConnectorFactory.register_connector("NixlConnector", "path", "NixlConnector")
    """,
}


def source(version: str = "0.9.2", **changes: str) -> Source:
    """The tree, with other text for some modules: ``config="..."``; the name is one of :data:`PLACES`."""
    files = {path: dedent(text) for path, text in FILES.items()}
    return Source(version, files | {PLACES[name]: dedent(text) for name, text in changes.items()})


PLACES = {
    "serve": "vllm/entrypoints/cli/serve.py",
    "arguments": "vllm/engine/arg_utils.py",
    "config": "vllm/config/__init__.py",
    "quantization": "vllm/model_executor/layers/quantization/__init__.py",
}
