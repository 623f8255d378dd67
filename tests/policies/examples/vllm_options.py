"""Options of vLLM, in every way a container can be given them."""

from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.pods import BUCKET, DEPLOYMENT, KINDS, UNKNOWN, VLLM, deployment, of, spec
from tests.policies.judging import Case, Given, U, case

CODE = {**VLLM, "args": ["--model", "m", "--worker-extension-cls", "os.system"]}


def said(note: str, *args: Any, **config: Any) -> Case:
    return of(note, DEPLOYMENT, spec({**VLLM, "args": ["--model", "acme/m", *args]}), **config)


def shell(note: str, text: str, *, program: str = "sh", image: str = "acme/llm:1") -> Case:
    return deployment(note, {"name": "vllm", "image": image, "command": [program, "-c", text]})


def env(note: str, name: str, value: Any, **config: Any) -> Case:
    return of(note, DEPLOYMENT, spec({**VLLM, "env": [{"name": name, "value": value}]}), **config)


def with_variable(note: str, args: list[str], **variables: str) -> Case:
    given = [{"name": name, "value": value} for name, value in variables.items()]
    return deployment(note, {**VLLM, "args": ["--model", "m", *args], "env": given})


def whole(note: str, name: str, data: Any = None, *, prefix: str = "", namespace: str = "a") -> Case:
    """A container that takes all keys of a ConfigMap, which is in the same stack where its data is given."""
    container = {**VLLM, "envFrom": [{"configMapRef": {"name": name}, "prefix": prefix}]}
    template = {"spec": spec(container)}
    pod = Given(DEPLOYMENT, {"metadata": {"namespace": "a"}, "spec": {"template": template}})
    props = {"metadata": {"name": "settings", "namespace": namespace}, "data": data}
    return case(note, *([] if data is None else [Given("kubernetes:core/v1:ConfigMap", props, name="map")]), pod)


EXAMPLES = {
    "vllm-unsafe-options": Examples(
        passes=(
            deployment("no options"),
            said("sizes", "--max-num-seqs=64", "--kv-cache-dtype", "fp8", "-tp", "2", "-O3", "--no-enable-prefix-caching"),
            said("parsers by name", "--tool-call-parser", "hermes", "--reasoning-parser=deepseek_r1"),
            said("an option of an earlier release", "--swap-space=4", "--disable-log-requests"),
            said("this platform's own", "--middleware=path_allow_list.PathAllowList", "--disable-fastapi-docs", "--host=0.0.0.0", "--shutdown-timeout=45", "--load-format=runai_streamer", '--model-loader-extra-config={"concurrency":32}'),
            said("another node of the same model", "--master-addr", "$(LWS_LEADER_ADDRESS)", "--nnodes", "2", "--node-rank", "1", "--headless"),
            said("positions", '--hf-overrides={"rope_scaling":{"rope_type":"yarn","factor":4.0}}'),
            said("positions, with dots", "--hf-overrides.rope_scaling.factor", "4.0", "--hf_overrides.rope_scaling.rope_type=yarn"),
            said("the same tokenizer", "--tokenizer", "acme/m"),
            said("needs an approver only", "--tokenizer", "evil/x", "--enable-log-requests"),
            said("has its own rule", "--trust-remote-code"),
            said("a template of the image", "--chat-template=/vllm-workspace/examples/tool_chat_template_hermes.jinja"),
            said("reviewed", "--otlp-traces-endpoint=http://collector:4317", options=["otlp-traces-endpoint"]),
            said("reviewed, spelled with underscores", "--otlp_traces_endpoint=http://collector:4317", options=["--otlp_traces_endpoint"]),
            said("reviewed middleware", "--middleware=ours.Guard", middleware=["ours.Guard"]),
            env("reviewed variable", "VLLM_PLUGINS", "ours", variables=["VLLM_PLUGINS"]),
            env("this platform's own path", "PYTHONPATH", "/etc/llm-platform"),
            env("reviewed path", "PYTHONPATH", "/opt/ours", python_paths=["/opt/ours"]),
            env("the usual hub", "VLLM_USE_MODELSCOPE", "False"),
            whole("variables of a ConfigMap of the stack", "settings", {"VLLM_LOGGING_LEVEL": "INFO", "LD_PRELOAD": ""}),
            deployment("a whole Secret for another program", {"name": "c", "image": "nginx:1", "envFrom": [{"secretRef": {"name": "s"}}]}),
            env("switched off", "VLLM_SERVER_DEV_MODE", "0"),
            env("another variable", "VLLM_NO_USAGE_STATS", "1"),
            deployment("another program", {"name": "c", "image": "nginx:1", "args": ["--config", "/etc/nginx.conf", "--tokenizer", "/x", "--enable", "x", "--frobnicate"]}),
            deployment("another program's variable", {"name": "c", "image": "otel/collector:1", "env": [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://x"}]}),
            shell("another program in the same shell", "curl --silent --config /x http://a; vllm serve m --port 8000 | tee --append /tmp/log"),
            said("a text that looks like options", "--default-chat-template-kwargs", '{"hint": "never say --worker-cls x"}'),
        ),
        fails=(
            *(of(kind, f"kubernetes:{kind}", spec(CODE)) for kind in KINDS),
            deployment("an init container", {"name": "c", "image": "nginx:1"}, initContainers=[CODE]),
            said("underscores", "--worker_extension_cls=os.system"),
            said("upper case", "--Worker-Extension-Cls=os.system"),
            said("a beginning of the name", "--worker-ext=os.system"),
            said("a beginning with underscores", "--logits_proc", "evil:P"),
            said("as the next word", "--logits-processors", "evil:P", "evil:Q"),
            said("plugin", "--tool-parser-plugin=/tmp/x.py"),
            said("connector", '--kv-transfer-config={"kv_connector":"X","kv_connector_module_path":"evil"}'),
            said("connector with dots", "--kv-transfer-config.kv_connector_module_path", "evil"),
            said("connector with dots and underscores", "--kv_transfer_config.kv_connector_module_path=evil"),
            said("encoder caches", "--ec-transfer-config={}"),
            said("code in the overrides", "--hf-overrides", '{"text_config": {"auto_map": {"AutoConfig": "evil--x.C"}}}'),
            said("code in the overrides with dots", "--hf-overrides.text_config.auto_map.AutoConfig", "x.C"),
            said("code in the overrides, a list element", "--hf-overrides.auto_map+=x.C"),
            said("code in the overrides with spaces", '--hf-overrides={ "auto_map" : {"AutoConfig": "x.C"} }'),
            *(said(f"a key with {sign}, {form}", *words)
              for sign in "/:,@[#" for form, words in (
                  ("compiler passes", (f"--compilation-config.inductor_passes.a{sign}b=evil.mod.fn",)),
                  ("compiler passes as two words", (f"--compilation-config.inductor_passes.a{sign}b", "evil.mod.fn")),
                  ("connector", (f"--kv-transfer-config.kv_connector_extra_config.a{sign}b=x",)),
                  ("overrides", (f"--hf-overrides.auto_map.a{sign}b+=x.C y",)),
              )),
            said("a key's value that begins with a dash", "--hf-overrides.auto_map", "-x.C"),
            said("compiler passes in the level", '-O{"inductor_passes":{"a":"evil.f"}}'),
            said("compiler passes in the level, with spaces", '-O{ "inductor_passes": {"a": "evil.f"} }'),
            said("compiler passes in the level, after =", '-O={"backend": "evil=f"}'),
            said("compiler passes in the level, as two words", "-O", '{"backend": "evil.f"}'),
            said("compiler passes in the level, with dots", "-O.backend=evil.f"),
            shell("compiler passes in the level, in a shell", "vllm serve m -O'{\"backend\": \"evil.f\"}'"),
            said("trust, as a number", '--mm-processor-kwargs={"trust_remote_code":1}'),
            said("files", "--allowed-local-media-path=/"),
            said("fetches", "--allowed-media-domains", "evil.example"),
            said("traces", "--otlp-traces-endpoint", "http://evil:4317"),
            said("template", "--chat-template=/etc/passwd"),
            said("tokenizer of a folder", "--tokenizer", "/etc"),
            said("folder", "--download-dir=/x"),
            said("options from a file", "--config", "/etc/x.yaml"),
            said("keys of a file", "--ssl-keyfile=/x", "--ssl-certfile=/y"),
            said("draft from code", "--speculative-config", '{"method": "custom_class", "model": "evil.Proposer"}'),
            said("draft from code, short flag", "-sc.model", "evil.Proposer"),
            said("compiler passes, short flag", '-cc={"inductor_passes": {"a": "evil.f"}}'),
            said("compiler, with dots", "-cc.backend=evil.f"),
            said("another middleware", "--middleware=evil.Guard"),
            said("a second middleware", "--middleware=path_allow_list.PathAllowList", "--middleware=evil.Guard"),
            said("trust, inside an object", "--mm-processor-kwargs.trust_remote_code=true"),
            said("unknown option", "--brand-new-option=x"),
            said("of an earlier release", "--logits-processor-pattern", ".*"),
            shell("in a shell", "exec vllm serve m --worker-cls x.Y"),
            shell("in a shell, quoted", "exec vllm serve m '--worker-cls' \"x.Y\""),
            shell("in a shell, over lines", "vllm serve m \\\n  --port 8000 \\\n  --hf-overrides '{\"auto_map\": {\"A\": \"x.Y\"}}'"),
            shell("in a shell in a shell", "bash -lc 'vllm serve m --worker-cls x.Y'", program="bash"),
            shell("after another command", "set -e; export A=b && vllm serve m --config /x.yaml"),
            shell("in a group", "(vllm serve m --tool-server demo)&"),
            shell("with a quote that does not end", "vllm serve m --worker-cls 'x.Y"),
            shell("the module", "python3 -m vllm.entrypoints.openai.api_server --model m --config=/x"),
            with_variable("from a variable", ["$(EXTRA)"], EXTRA="--worker-cls=x.Y"),
            with_variable("the name from a variable", ["--$(NAME)", "x.Y"], NAME="worker-cls"),
            deployment("from a variable of a shell", {"name": "c", "image": "a/b:1", "command": ["sh", "-c", "vllm serve m $EXTRA"], "env": [{"name": "EXTRA", "value": "--tool-server demo"}]}),
            deployment("an image of another name", {"name": "c", "image": "acme/llm:1", "args": ["--model", "m", "--worker-extension-cls", "os.system"]}),
            *(env(f"variable {name}", name, value) for name, value in {
                "AWS_ENDPOINT_URL": "http://evil", "AWS_ENDPOINT_URL_S3": "http://evil", "HF_ENDPOINT": "http://evil",
                "LD_PRELOAD": "/tmp/x.so", "PYTHONPATH": "/tmp", "PYTHONSTARTUP": "/tmp/x.py",
                "RUNAI_STREAMER_S3_ENDPOINT": "http://evil", "VLLM_TORCH_PROFILER_DIR": "/tmp", "VLLM_USE_MODELSCOPE": "True",
            }.items()),
            env("a path beside this platform's own", "PYTHONPATH", "/etc/llm-platform:/tmp"),
            deployment("a variable of a server in a shell", {"name": "c", "image": "acme/llm:1", "command": ["sh", "-c", "set -e; cd /; exec vllm serve m"], "env": [{"name": "LD_PRELOAD", "value": "/x"}]}),
            whole("variables of a ConfigMap of the stack", "settings", {"VLLM_PLUGINS": "evil"}),
            shell("the beginning of a word, assigned before", "A=--worker-cls; vllm serve m $A=x"),
            shell("the end of a name, assigned before", "A=worker-cls; vllm serve m --$A x"),
            whole("variables of a ConfigMap, with a prefix", "settings", {"PLUGINS": "evil"}, prefix="VLLM_"),
            env("plugins", "VLLM_PLUGINS", "evil"),
            env("pickles", "VLLM_ALLOW_INSECURE_SERIALIZATION", "1"),
            env("developer's paths", "VLLM_SERVER_DEV_MODE", "1"),
            env("an unknown value", "VLLM_LOGGING_CONFIG_PATH", U),
            deployment("from a ConfigMap", {**VLLM, "env": [{"name": "VLLM_PLUGINS", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "b"}}}]}),
        ),
        unknown=(
            *UNKNOWN[:1],
            deployment("arguments", {**VLLM, "args": U}),
            deployment("one", {**VLLM, "args": ["--model", U]}),
            deployment("variables", {**VLLM, "env": U}),
            said("a variable of the container", "--enforce-eager", "$(EXTRA)"),
            shell("what a shell finds", "vllm serve m $EXTRA"),
            shell("more words in a value", "read A < /x; vllm serve m --max-num-seqs $A"),
            shell("more words in a value after =", "read A < /x; vllm serve m --max-num-seqs=$A"),
            shell("what a command says", "vllm serve m $(cat /options)"),
            shell("what a command says, in backticks", "vllm serve m `cat /options`"),
            whole("variables of a ConfigMap of another stack", "settings"),
            whole("variables of another ConfigMap", "others", {"VLLM_PLUGINS": "evil"}),
            whole("variables of a ConfigMap of another namespace", "settings", {"VLLM_PLUGINS": "evil"}, namespace="b"),
            whole("variables of an unknown ConfigMap", U),
            whole("unknown variables of a ConfigMap", "settings", U),
            deployment("variables of a Secret", {**VLLM, "envFrom": [{"secretRef": {"name": "s"}}]}),
            deployment("unknown sources of variables", {**VLLM, "envFrom": U}),
        ),
        both=(
            deployment("one beside it", {**VLLM, "args": [U, "--worker-cls=x.Y"]}),
            deployment("an unknown value", {**VLLM, "args": ["--worker-cls", U]}),
        ),
        other=BUCKET,
    ),
    "vllm-reviewed-options": Examples(
        passes=(
            deployment("no options"),
            said("the same tokenizer", "--tokenizer=acme/m"),
            said("off", "--no-enable-log-requests"),
            said("reviewed", "--enable-log-requests", options=["enable-log-requests"]),
            said("another rule's", "--worker-cls=x.Y"),
            deployment("another program", {"name": "c", "image": "nginx:1", "args": ["--tokenizer", "evil/x", "--enable-log-requests"]}),
            shell("the same tokenizer in a shell", "vllm serve acme/m --tokenizer acme/m"),
        ),
        fails=(
            said("prompts in the log", "--enable-log-requests"),
            said("underscores", "--enable_log_requests"),
            said("tokenizer", "--tokenizer", "evil/x"),
            said("tokenizer without an owner", "--tokenizer", "gpt2"),
            said("draft without an owner", "--speculative-config.model=evil"),
            said("draft", "--speculative-config", '{"model": "evil/x", "num_speculative_tokens": 2}'),
            said("draft with dots", "--speculative-config.model=evil/x"),
            said("adapter", "--lora-modules", "a=acme/adapter", "b=acme/other"),
            said("template", "--chat-template={{ messages }}"),
            shell("in a shell", "vllm serve acme/m --tokenizer evil/x"),
        ),
        unknown=(*UNKNOWN[:1], deployment("arguments", {**VLLM, "args": U})),
        both=(deployment("one beside it", {**VLLM, "args": [U, "--enable-log-requests"]}),),
        other=BUCKET,
    ),
}  # fmt: skip
