"""Secrets in plain text: by name and by form, wherever they are; placeholders and a tokenizer's words are none."""

import base64
import json
from typing import Any

from tests.policies.examples import Examples
from tests.policies.examples.pods import VLLM, deployment
from tests.policies.judging import Case, Given, U, case

HUB = "hf_" + "aB3" * 12
GITHUB = "ghp_" + "a1B2" * 10
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"
KEY_FILE = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END OPENSSH PRIVATE KEY-----\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl8\n-----END CERTIFICATE-----\n"


def args(*words: Any) -> Case:
    return deployment(f"arguments {list(words)}", {**VLLM, "args": list(words)})


def shell(text: str, **more: Any) -> Case:
    return deployment(f"shell: {text}", {**VLLM, "command": ["sh", "-c", text], "args": None, **more})


def env(name: str, value: Any) -> Case:
    return deployment(f"{name}={value}", {**VLLM, "env": [{"name": name, "value": value}]})


def config_map(note: str, **data: Any) -> Case:
    return case(
        note,
        Given(
            "kubernetes:core/v1:ConfigMap",
            {"metadata": {"name": "c"}, "data": {key.replace("__", "."): value for key, value in data.items()}},
        ),
    )


def user_data(
    note: str, text: Any, type_: str = "aws:ec2/launchTemplate:LaunchTemplate", key: str = "userData"
) -> Case:
    encoded = base64.b64encode(text.encode()).decode() if key != "plain" and isinstance(text, str) else text
    return case(note, Given(type_, {"userData" if key == "plain" else key: encoded}))


def function(**variables: Any) -> Case:
    return case(f"Lambda {variables}", Given("aws:lambda/function:Function", {"environment": {"variables": variables}}))


def task(note: str, **container: Any) -> Case:
    return case(
        note,
        Given(
            "aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": json.dumps([{"name": "c", **container}])}
        ),
    )


EXAMPLES = {
    "secret-env": Examples(
        passes=(
            *(env("OPENAI_API_KEY", value) for value in ("EMPTY", "none", "dummy", "not-needed", "sk-no-key-required", "", "xxxx", "<your key>", "N/A", "your-api-key-here")),
            *(env(name, "</s>") for name in ("EOS_TOKEN", "BOS_TOKEN", "PAD_TOKEN", "STOP_TOKEN")),
            env("PAD_TOKEN", "pad"),
            env("TOOL_CALL_START_TOKEN", "tool_call"),
            env("MAX_TOKENS", "many"),
            env("TOKENIZER", "acme/tokenizer"),
            env("PWD", "here"),
            env("MULTI_PASS", "true"),
            env("ENABLE_API_KEY", "true"),
            args("acme/m", "--stop-token-ids", "1", "2", "--eos-token", "</s>"),
            args("acme/m", "--client-secret", "@/run/secrets/client"),
            env("VLLM_TOKENIZER_MODE", "slow"),
            env("PARTITION_KEY", "tenant"),
            env("AWS_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub"),
            env("HF_TOKEN", "$HUB_TOKEN"),
            env("HF_TOKEN", "vault:secret/data/hub#token"),
            env("IMAGE_DIGEST", f"sha256:{'0123456789abcdef' * 4}"),
            env("MODEL", "acme/sk-lm-7b-instruct-v2"),
            env("DATABASE_URL", "postgres://app:$(DB_PASSWORD)@db/app"),
            env("HOMEPAGE", "https://example.com:8443/a@b"),
            args("acme/m", "--hf-token", "$(HF_TOKEN)"),
            args("acme/m", "--hf-token"),
            args("acme/m", "--hf-token", "--port", "8000"),
            args("acme/m", "--api-key", "EMPTY"),
            args("acme/m", "--api-key=none"),
            args("acme/m", "--return-tokens-as-token-ids", "--max-num-batched-tokens", "8192"),
            args("acme/m", "--tokenizer", "acme/tokenizer", "--tool-call-parser", "hermes"),
            args("acme/m", "--ssl-keyfile", "/certs/tls.key", "--api-key-file=/run/key"),
            shell("export VLLM_API_KEY=$(cat /run/secrets/key); vllm serve acme/m"),
            shell('export VLLM_API_KEY="$KEY" && exec vllm serve acme/m --api-key "$VLLM_API_KEY"'),
            shell("export HF_HOME=/cache EOS_TOKEN='</s>'; vllm serve acme/m"),
            shell("VLLM_API_KEY=`cat /run/key` vllm serve acme/m"),
            config_map("settings", MODEL="acme/m", LOG_LEVEL="info", MAX_TOKENS="512"),
            config_map("a router's file", config__yaml="model_list:\n- litellm_params:\n    api_key: os.environ/OPENAI_API_KEY\n    api_base: http://llama/v1\ngeneral_settings:\n  master_key: ${MASTER_KEY}\n"),
            config_map("a placeholder in a file", config__yaml="api_key: EMPTY\nmax_tokens: 100\neos_token: </s>\n"),
            config_map("a sentence", readme__txt="Password: ask your administrator for it\n"),
            config_map("a tokenizer's file", tokenizer_config__json='{"bos_token": "<s>", "eos_token": "</s>", "pad_token": "[PAD]"}'),
            config_map("a file of a token", prometheus__yml="scrape_configs:\n- bearer_token_file: /var/run/secrets/token\n"),
            config_map("a reference to a Secret", pod__yaml="env:\n- name: HF_TOKEN\n  valueFrom:\n    secretKeyRef:\n      name: hub\n      key: token\n"),
            config_map("a certificate", ca__crt=CERTIFICATE),
            config_map("code", app__py="token = request.headers.get('authorization')\npassword=token\n"),
            config_map("a name of a secret", token_secret_name="hub"),
            user_data("a node's", "MIME-Version: 1.0\napiVersion: node.eks.aws/v1alpha1\nspec:\n  cluster:\n    certificateAuthority: LS0tLS1CRUdJTiBDRVJU\n"),
            user_data("from a store", "#!/bin/sh\nexport HF_TOKEN=$(aws secretsmanager get-secret-value --secret-id hub)\n"),
            function(SECRET_ARN="arn:aws:secretsmanager:eu-west-1:123456789012:secret:x", LOG_LEVEL="debug"),
            task("ECS secrets", secrets=[{"name": "HF_TOKEN", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/hub"}], environment=[{"name": "MODEL", "value": "acme/m"}]),
            case("CodeBuild from a store", Given("aws:codebuild/project:Project", {"environment": {"environmentVariables": [{"name": "HF_TOKEN", "type": "SECRETS_MANAGER", "value": "hub"}]}})),
            case("a Kubernetes Secret is the place for it", Given("kubernetes:core/v1:ConfigMap", {"metadata": {"name": "c"}})),
        ),
        fails=(
            args("acme/m", "--hf-token", HUB),
            args("acme/m", f"--hf-token={HUB}"),
            args("acme/m", "--hf_token", "hf_short"),
            args("acme/m", "--api-key", "EMPTY", "sk-second"),
            args("acme/m", "--api-key", "changeme"),
            args("--redis-password", "hunter2"),
            args("acme/m", HUB),
            args("--header", f"Authorization: Bearer {'abc123' * 5}"),
            shell("export VLLM_API_KEY=sk-1; vllm serve acme/m"),
            shell("VLLM_API_KEY=sk-1 vllm serve acme/m"),
            shell("env HF_TOKEN='hf_x' vllm serve acme/m"),
            shell("set -e\nexport PATH=/a:$PATH HF_TOKEN=hf_x\nvllm serve acme/m"),
            shell("vllm serve acme/m --api-key sk-1"),
            shell(f"huggingface-cli login --token {HUB} && vllm serve acme/m"),
            shell(f"curl -H 'Authorization: Bearer {JWT}' http://a"),
            *(env("SETTING", value) for value in (
                HUB, "sk-proj-" + "a1B2" * 10, "AKIAIOSFODNN7EXAMPLE", GITHUB, "glpat-" + "a1B2" * 5, "xoxb-123456789012-abcdef", KEY_FILE, JWT,
                "nvapi-" + "a1B2" * 10, "postgres://app:hunter2@db/app", "https://user:hunter22@proxy.example:3128",
                "https://hooks.slack.com/services/T0000/B0000/abcdef", "pul-" + "0a" * 20,
            )),
            env("EOS_TOKEN", HUB),
            env("HF_TOKEN_PATH", HUB),
            env("POSTGRES_PASSWORD", "changeme"),
            env("LITELLM_SALT_KEY", "sk-1234"),
            env("DB_PASS", "hunter2"),
            args("--set", "hfToken=hf_abcdefg"),
            args("--master-key", "sk-1"),
            env("LITELLM_MASTER_KEY", "sk-1234"),
            env("WANDB_API_KEY", "0123456789abcdef0123456789abcdef01234567"),
            env("GF_SECURITY_ADMIN_PASSWORD", "admin"),
            env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            deployment("an init container", None, initContainers=[{"name": "i", "image": "a:1.0", "env": [{"name": "HF_TOKEN", "value": "hf_x"}]}]),
            deployment("an init container's shell", None, initContainers=[{"name": "i", "image": "a:1.0", "command": ["sh", "-c", "export HF_TOKEN=hf_x; download"]}]),
            deployment("a probe's header", {**VLLM, "livenessProbe": {"httpGet": {"path": "/v1/models", "httpHeaders": [{"name": "Authorization", "value": f"Bearer {'abc123' * 5}"}]}}}),
            deployment("a probe's command", {**VLLM, "readinessProbe": {"exec": {"command": ["curl", "-H", f"x-token: {GITHUB}"]}}}),
            config_map("a key of its own", HF_TOKEN="hf_x"),
            config_map("in a file of variables", __env=f"MODEL=acme/m\nHF_TOKEN={HUB}\n"),
            config_map("in YAML", config__yaml="general_settings:\n  master_key: sk-1234\n  max_tokens: 5\n"),
            config_map("in JSON", config__json='{\n  "api_key": "abcd1234",\n  "n": 1\n}\n'),
            config_map("in JSON, in one line", config__json='{"model": "m", "api_key": "abcd1234"}'),
            config_map("in a list", config__yaml="clients:\n- client_secret: abcdef123\n"),
            config_map("in settings of Grafana", grafana__ini="[security]\nadmin_user = admin\nadmin_password = hunter2\n"),
            shell("exec vllm serve acme/m --api-key ${KEY:-sk-1234}"),
            config_map("in a script", start__sh="#!/bin/sh\nexport VLLM_API_KEY=sk-1\nexec vllm serve acme/m\n"),
            config_map("by form in code", app__py=f"login({HUB!r})\n"),
            config_map("a private key", tls__key=KEY_FILE),
            user_data("a launch template's", f"#!/bin/sh\nexport HF_TOKEN={HUB}\n"),
            user_data("an instance's in plain text", "#!/bin/sh\nexport DB_PASSWORD=hunter2\n", "aws:ec2/instance:Instance", "plain"),
            user_data("an instance's in base64", "#!/bin/sh\nexport DB_PASSWORD=hunter2\n", "aws:ec2/instance:Instance", "userDataBase64"),
            function(OPENAI_API_KEY="sk-1"),
            function(ANYTHING=GITHUB),
            task("ECS environment", environment=[{"name": "HF_TOKEN", "value": "hf_x"}]),
            task("ECS command", command=["serve", "--api-key", "sk-1"]),
            case("SageMaker", Given("aws:sagemaker/model:Model", {"primaryContainer": {"environment": {"HUGGING_FACE_HUB_TOKEN": "hf_x"}}})),
            case("CodeBuild", Given("aws:codebuild/project:Project", {"environment": {"environmentVariables": [{"name": "HF_TOKEN", "value": "hf_x"}]}})),
        ),
        unknown=(
            config_map("an entry", settings=U),
            case("user data", Given("aws:ec2/launchTemplate:LaunchTemplate", {"userData": U})),
            case("data", Given("kubernetes:core/v1:ConfigMap", {"data": U})),
            case("variables", Given("aws:lambda/function:Function", {"environment": {"variables": U}})),
            case("containers", Given("aws:ecs/taskDefinition:TaskDefinition", {"containerDefinitions": U})),
        ),
        both=(config_map("an entry beside another", settings=U, HF_TOKEN="hf_x"),),
    ),
}  # fmt: skip
