"""What options with their values do: code, files, data, other repositories."""

import json
from typing import Any

import pytest

from planner.vllm_options.classes import Kind, Level
from planner.vllm_options.risks import risks

MODEL = "acme/model"

PLATFORM: list[tuple[str, Any, Kind]] = [
    ("worker-extension-cls", "os.system", Kind.CODE),
    ("worker-cls", "evil.Worker", Kind.CODE),
    ("scheduler-cls", "evil.Scheduler", Kind.CODE),
    ("logits-processors", ["evil:Processor"], Kind.CODE),
    ("tool-parser-plugin", "/tmp/x.py", Kind.CODE),
    ("reasoning-parser-plugin", "x.py", Kind.CODE),
    ("io-processor-plugin", "anything", Kind.CODE),
    ("model-class-overrides", {"A": "evil:Model"}, Kind.CODE),
    ("kv-transfer-config", {"kv_connector_module_path": "evil"}, Kind.CODE),
    ("kv-transfer-config", {"kv_connector": "NixlConnector", "kv_role": "kv_both"}, Kind.CODE),
    ("ec-transfer-config", {}, Kind.CODE),
    ("additional-config", {"a": 1}, Kind.CODE),
    ("profiler-config", {"torch_profiler_dir": "/x"}, Kind.CODE),
    ("tool-server", "demo", Kind.CODE),
    ("allowed-local-media-path", "/", Kind.FILES),
    ("allowed-media-domains", ["evil.example"], Kind.DATA),
    ("otlp-traces-endpoint", "http://evil:4317", Kind.DATA),
    ("kv-events-config", {"publisher": "zmq"}, Kind.DATA),
    ("config", "/etc/options.yaml", Kind.FILES),
    ("download-dir", "/x", Kind.FILES),
    ("ssl-keyfile", "/etc/key", Kind.FILES),
    ("log-config-file", "/etc/log.json", Kind.CODE),
    ("logging-config", {"pylogging_config_file": "/x"}, Kind.CODE),
    ("enable-prompt-embeds", True, Kind.CODE),
    # By value.
    ("tokenizer", "/etc", Kind.FILES),
    ("tokenizer", "./x", Kind.FILES),
    ("tokenizer", "s3://bucket/x", Kind.FILES),
    ("tokenizer", "../x", Kind.FILES),
    ("hf-config-path", "/etc", Kind.FILES),
    ("generation-config", "/etc", Kind.FILES),
    ("chat-template", "/etc/passwd", Kind.FILES),
    ("chat-template", "passwd", Kind.FILES),
    ("chat-template", "/vllm-workspace/examples/../../etc/x.jinja", Kind.FILES),
    ("lora-modules", ["a=/etc"], Kind.FILES),
    ("lora-modules", ['{"name": "a", "path": "/etc"}'], Kind.FILES),
    ("lora-modules", [{"name": "a", "path": "../x"}], Kind.FILES),
    ("default-mm-loras", {"audio": "/etc"}, Kind.FILES),
    ("distributed-executor-backend", "evil.Executor", Kind.CODE),
    ("distributed-executor-backend", "ray", Kind.SETUP),
    ("attention-backend", "evil.Backend", Kind.CODE),
    ("tool-call-parser", "/x/parser.py", Kind.FILES),
    ("reasoning-parser", "evil.Parser", Kind.CODE),
    ("model-impl", "evil:Model", Kind.CODE),
    ("kv-offloading-backend", "lmcache", Kind.DATA),
    ("spec-method", "custom_class", Kind.CODE),
    ("spec-model", "evil.Proposer", Kind.CODE),
    # Inside objects, at any depth.
    ("hf-overrides", {"auto_map": {"AutoConfig": "evil--x.Config"}}, Kind.CODE),
    ("hf-overrides", {"text_config": {"auto_map": {"AutoModel": "x.Y"}}}, Kind.CODE),
    ("hf-overrides", {"text_config": {"rope_scaling": {"trust_remote_code": True}}}, Kind.CODE),
    ("hf-overrides", "evil.function", Kind.CODE),
    ("speculative-config", {"model": "evil.Proposer", "num_speculative_tokens": 1}, Kind.CODE),
    ("speculative-config", {"method": "custom_class", "model": "a/b"}, Kind.CODE),
    ("speculative-config", {"model": "/etc"}, Kind.FILES),
    ("speculative-config", {"model": "a/b", "code_revision": "x"}, Kind.CODE),
    ("speculative-config", {"draft_load_config": {"load_format": "tensorizer"}}, Kind.UNKNOWN),
    ("compilation-config", {"backend": "evil.compile"}, Kind.CODE),
    ("compilation-config", {"inductor_passes": {"post_grad_custom_post_pass": "evil.f"}}, Kind.CODE),
    ("compilation-config", {"inductor_compile_config": {"a": "b"}}, Kind.CODE),
    ("compilation-config", {"cache_dir": "/x"}, Kind.FILES),
    ("compilation-config", {"debug_dump_path": "x"}, Kind.FILES),
    ("compilation-config", {"pass_config": {"new_key": 1}}, Kind.UNKNOWN),
    ("structured-outputs-config", {"reasoning_parser_plugin": "/x.py"}, Kind.CODE),
    ("mm-processor-kwargs", {"trust_remote_code": True}, Kind.CODE),
    *(("mm-processor-kwargs", {"a": {"trust_remote_code": on}}, Kind.CODE) for on in (1, 1.0, -1, "1", "true", [0])),
    ("mm-processor-kwargs", {"images_kwargs": {"pretrained_model_name_or_path": "x"}}, Kind.FILES),
    ("media-io-kwargs", {"video": {"backend": "evil.Loader"}}, Kind.CODE),
    ("media-io-kwargs", {"video": {"url": "x"}}, Kind.DATA),
    ("override-generation-config", {"custom_generate": "evil/x"}, Kind.CODE),
    ("default-chat-template-kwargs", {"x": {"template_path": "/x"}}, Kind.FILES),
    ("pooler-config", {"pooling_type": "/x"}, Kind.FILES),
    ("attention-config", {"backend": "evil.Backend"}, Kind.CODE),
    ("kernel-config", {"moe_backend": "http://x/"}, Kind.DATA),
]
APPROVER: list[tuple[str, Any]] = [
    ("tokenizer", "evil/x"),
    ("tokenizer", "gpt2"),
    ("tokenizer", 1),
    ("tokenizer", "auto"),
    ("hf-config-path", "evil"),
    ("generation-config", "evil"),
    ("spec-model", "evil"),
    ("spec-model", "suffix"),
    ("speculative-config", {"model": "evil"}),
    ("speculative-config", {"model": 1}),
    ("hf-config-path", "evil/x"),
    ("generation-config", "evil/x"),
    ("chat-template", "{{ messages }}"),
    ("chat-template", "a\nb"),
    ("lora-modules", ["a=acme/adapter"]),
    ("lora-modules", [{"name": "a", "path": "acme/adapter", "base_model_name": "b"}]),
    ("enable-log-requests", True),
    ("trust-remote-code", True),
    ("trust-request-chat-template", True),
    ("spec-model", "evil/draft"),
    ("speculative-config", {"model": "evil/draft", "num_speculative_tokens": 3}),
    ("hf-overrides", {"architectures": ["A"]}),
    ("default-chat-template-kwargs", {"chat_template": "{{ x }}"}),
]
TEAM: list[tuple[str, Any]] = [
    ("max-num-seqs", 64),
    ("tool-call-parser", "llama3_json"),
    ("reasoning-parser", "deepseek_r1"),
    ("tokenizer", MODEL),
    ("tokenizer-mode", "mistral"),
    ("tokenizer-revision", "refs/pr/3"),
    ("chat-template", "/vllm-workspace/examples/tool_chat_template_hermes.jinja"),
    ("distributed-executor-backend", "mp"),
    ("kv-offloading-backend", "native"),
    ("generation-config", "vllm"),
    ("generation-config", "auto"),
    ("generation-config", MODEL),
    ("hf-config-path", MODEL),
    ("spec-model", MODEL),
    ("spec-model", "ngram"),
    ("speculative-config", {"model": "ngram", "num_speculative_tokens": 2}),
    ("speculative-config", {"model": "[ngram]", "num_speculative_tokens": 2}),
    ("mm-processor-kwargs", {"trust_remote_code": False}),
    ("mm-processor-kwargs", {"trust_remote_code": 0}),
    ("enable-log-requests", False),
    ("trust-remote-code", False),
    ("allowed-origins", ["https://chat.example.com"]),
    ("ignore-patterns", ["original/**/*"]),
    ("spec-method", "ngram"),
    ("hf-overrides", {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}, "max_position_embeddings": 131072}),
    ("speculative-config", {"method": "ngram", "num_speculative_tokens": 3, "prompt_lookup_max": 4}),
    ("speculative-config", {"method": "mtp", "num_speculative_tokens": 1}),
    ("speculative-config", {"model": MODEL, "method": "eagle3"}),
    ("compilation-config", {"cudagraph_mode": "PIECEWISE", "pass_config": {"fuse_norm_quant": True}}),
    ("compilation-config", {"mode": 3, "splitting_ops": ["vllm.unified_attention"], "backend": "inductor"}),
    ("compilation-config", 3),
    ("mm-processor-kwargs", {"max_pixels": 1003520, "num_classes": 3, "size": {"shortest_edge": 224}}),
    ("limit-mm-per-prompt", {"image": {"count": 5, "width": 512}, "video": 1}),
    ("media-io-kwargs", {"video": {"num_frames": 40}}),
    ("override-generation-config", {"temperature": 0.5, "stop": ["</s>", "a.b"]}),
    ("default-chat-template-kwargs", {"enable_thinking": False, "instruction": "Answer in one sentence."}),
    ("structured-outputs-config", {"backend": "xgrammar", "disable_any_whitespace": True}),
    ("pooler-config", {"pooling_type": "MEAN", "use_activation": True}),
    ("reasoning-config", {"reasoning_start_str": "<think>", "reasoning_end_str": "</think>"}),
]


@pytest.mark.parametrize(("name", "value", "kind"), PLATFORM)
def test_what_loads_code_opens_files_or_sends_data_is_the_platforms(name: str, value: Any, kind: Kind) -> None:
    found = [risk for risk in risks(name, value, model=MODEL) if risk.level is Level.PLATFORM]
    assert kind in {risk.kind for risk in found}
    assert all(risk.option == name and risk.why for risk in found)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value, _ in PLATFORM if isinstance(value, dict)])
def test_an_object_given_as_text_is_judged_the_same(name: str, value: Any) -> None:
    assert list(risks(name, json.dumps(value), model=MODEL)) == list(risks(name, value, model=MODEL))


def test_objects_inside_text_inside_an_object_are_found() -> None:
    inner = json.dumps({"auto_map": {"AutoConfig": "x.Y"}})
    assert [risk.kind for risk in risks("hf-overrides", {"text_config": inner})] == [Kind.CODE]
    assert [risk.kind for risk in risks("mm-processor-kwargs", {"a": [inner]})] == [Kind.CODE]


@pytest.mark.parametrize(
    "value",
    [
        {"autoMap": {"AutoConfig": "x.Y"}},
        {"AUTO_MAP": {"AutoConfig": "x.Y"}},
        {"auto-map": {"AutoConfig": "x.Y"}},
        {"text_config.auto_map": {"AutoConfig": "x.Y"}},
    ],
)
def test_other_spellings_of_a_key_are_the_same_key(value: Any) -> None:
    assert {risk.kind for risk in risks("hf-overrides", value)} == {Kind.CODE}


@pytest.mark.parametrize(("name", "value"), APPROVER)
def test_what_takes_other_files_or_shows_prompts_needs_an_approver(name: str, value: Any) -> None:
    assert {risk.level for risk in risks(name, value, model=MODEL)} == {Level.APPROVER}


@pytest.mark.parametrize(("name", "value"), TEAM)
def test_sizes_parsers_and_samplers_are_a_teams_own(name: str, value: Any) -> None:
    assert list(risks(name, value, model=MODEL)) == []


def test_a_path_names_the_key_inside() -> None:
    (found,) = risks("hf-overrides", {"text_config": {"auto_map": {"AutoModel": "x.Y"}}})
    assert (found.path, found.option) == ("hf-overrides.text_config.auto_map", "hf-overrides")
