"""Settings that must be refused: a change to good ones, the line's full key, and a piece of its cure."""

from dataclasses import dataclass
from typing import Any

ADMIN = "arn:aws:iam::123456789012:role/platform-admin"
DELETE = object()

PLATFORM: dict[str, Any] = {
    "owner": "ml-platform",
    "region": "us-east-1",
    "network": {"zones": ["a", "b"]},
    "cluster": {"api_access": {"public_cidrs": ["203.0.113.7/32"]}, "admins": [ADMIN]},
    "pools": {
        "system": {"kind": "system", "instance_types": ["m5.xlarge"], "min": 2, "max": 4},
        "g4": {"kind": "gpu", "instance_types": ["g4dn.xlarge"], "max": 2},
        "g5": {"kind": "gpu", "instance_types": ["g5.2xlarge"], "max": 2},
        "g5x4": {"kind": "gpu", "instance_types": ["g5.12xlarge"], "max": 1},
        "p3": {"kind": "gpu", "instance_types": ["p3.2xlarge"], "max": 1},
    },
    "services": {
        "small": {
            "model": "Qwen/Qwen3-4B",
            "pool": "g5",
            "max_model_len": 8192,
            "weights": {"source": "hub", "size_gib": 7.5},
        },
    },
}
TEAM: dict[str, Any] = {
    "owner": "team-one",
    "platform": "dev",
    "services": {"small": PLATFORM["services"]["small"]},
}


@dataclass(frozen=True)
class Bad:
    """One mistake: at a key of good settings stands a wrong value."""

    key: str
    value: object
    path: str
    cure: str
    team: bool = False


_SERVICE = "services.small"
_SMALL = PLATFORM["services"]["small"]
_OTHER = {
    **PLATFORM["services"]["small"],
    "weights": {"source": "bucket", "prefix": "weights/x", "mirror": True, "size_gib": 7.5},
}

BAD = (
    # the top
    Bad("team_options", ["worker-clas"], "team_options[0]", "did you mean worker-cls?"),
    Bad("team_options", ["middleware"], "team_options[0]", "is set by the program itself"),
    Bad("owner", DELETE, "owner", "is missing: Team that answers"),
    Bad("owner", "", "owner", "is missing: Team that answers"),
    Bad("region", DELETE, "region", "is missing: AWS region"),
    Bad("region", "us_east_1", "region", "write it like us-east-1"),
    Bad("region", "us-east-9", "region", "did you mean us-east-"),
    Bad("region", "xx-nowhere-1", "region", "describe-regions"),
    Bad("polls", {"a": 1}, "polls", "did you mean pools?"),
    Bad("tags", {"owner": "x"}, "tags.owner", "choose another tag"),
    Bad("tags", {"Owner": "x"}, "tags.Owner", "choose another tag"),
    Bad("tags", {"aws:x": "y"}, "tags.aws:x", "not beginning with aws:"),
    Bad("permissions_boundary", "boundary", "permissions_boundary", "arn:aws:iam::123456789012:policy/boundary"),
    Bad("protect", "sometimes", "protect", "write true or false"),
    Bad("namespace", "kube-system", "namespace", "choose another, such as llm"),
    Bad("namespace", "LLM", "namespace", "use lower-case letters"),
    Bad("services", [1], "services", "write a map"),
    Bad(
        "services",
        {**PLATFORM["services"], "default-deny": PLATFORM["services"]["small"]},
        "services.default-deny",
        "the platform makes",
    ),
    Bad(
        "services",
        {**PLATFORM["services"], "small-mirror": PLATFORM["services"]["small"]},
        "services.small-mirror",
        "choose another",
    ),
    # network
    Bad("network", "10.0.0.0/16", "network", "write a map"),
    Bad("network.cidr", "10.0.0.1/16", "network.cidr", "write 10.0.0.0/16"),
    Bad("network.cidr", "10.0.0/16", "network.cidr", "write it like"),
    Bad("network.cidr", "10.0.0.0/8", "network.cidr", "AWS takes /16 to /28"),
    Bad("network.cidr", "10.0.0.0/22", "network.cidr", "take /21 or larger"),
    Bad("network.cidr", "52.0.0.0/16", "network.cidr", "take one of 10.0.0.0/8"),
    Bad("network.zones", ["a"], "network.zones", "EKS needs two"),
    Bad("network.zones", ["a", "b", "c", "d"], "network.zones", "room for three"),
    Bad("network.zones", ["a", "a"], "network.zones", "name each once"),
    Bad("network.zones", ["us-east-1a", "b"], "network.zones[0]", "a for us-east-1a"),
    Bad("network.zones", ["a", "c"], "network.zones", "the cluster was made in a, b"),
    Bad("network.zones", ["a", "b", "c"], "network.zones", "set [a, b] again, or deploy a new platform stack"),
    Bad("network.zones", ["a", "z"], "network.zones[1]", "choose from a, b, c"),
    Bad("network.nat", "none", "network.nat", "choose from 'single', 'per_zone'"),
    Bad("network.control_cidrs", {"a": "10.0.0.0/28", "b": "10.0.0.64/26"}, "network.control_cidrs.a", "/27 at least"),
    Bad("network.node_cidrs", {"a": "10.0.2.0/24"}, "network.node_cidrs", "no CIDR for zone b"),
    Bad(
        "network.node_cidrs",
        {"a": "10.0.2.0/24", "b": "10.0.4.0/24", "c": "10.0.6.0/24"},
        "network.node_cidrs.c",
        "add c to",
    ),
    Bad(
        "network.node_cidrs",
        {"a": "10.0.2.0/24", "b": "10.0.3.0/24"},
        "network.node_cidrs.b",
        "overlaps public_cidrs.b",
    ),
    Bad("network.node_cidrs", {"a": "10.0.2.0/24", "b": "10.1.4.0/24"}, "network.node_cidrs.b", "choose one inside"),
    Bad("network.node_cidrs", {"a": "10.0.2.0/24", "b": "10.0.4.1/24"}, "network.node_cidrs.b", "write 10.0.4.0/24"),
    Bad("network.flow_logs", {"retention_days": 8}, "network.flow_logs.retention_days", "choose from 1, 3, 5, 7"),
    Bad("network.interface_endpoints", ["ecr"], "network.interface_endpoints[0]", "'ecr.api'"),
    # cluster
    Bad("cluster", DELETE, "cluster", "at least api_access and admins"),
    Bad("cluster.version", 1.35, "cluster.version", "put it in quotes"),
    Bad("cluster.version", "1.99", "cluster.version", "is not a version that EKS supports"),
    Bad("cluster.version", "v1.35", "cluster.version", "write it like '1.35'"),
    Bad("cluster.support_type", "LTS", "cluster.support_type", "choose from 'STANDARD', 'EXTENDED'"),
    Bad("cluster.version", "1.21", "cluster.version", "'1.35'"),
    Bad("cluster.api_access", DELETE, "cluster.api_access", "is missing: Who reaches the Kubernetes API"),
    Bad("cluster.api_access", {}, "cluster.api_access", "exactly one of {public_cidrs"),
    Bad(
        "cluster.api_access", {"private": True, "public_cidrs": ["1.2.3.4/32"]}, "cluster.api_access", "exactly one of"
    ),
    Bad("cluster.api_access", {"private": False}, "cluster.api_access.private", "choose from true"),
    Bad(
        "cluster.api_access",
        {"private": True, "from_cidrs": ["8.8.8.0/24"]},
        "cluster.api_access.from_cidrs[0]",
        "joined",
    ),
    Bad(
        "cluster.api_access",
        {"private": True, "from_cidrs": ["10.9.0.0/16", "10.9.0.0/16"]},
        "cluster.api_access.from_cidrs",
        "name each once",
    ),
    Bad("cluster.api_access.public_cidrs", ["0.0.0.0/1"], "cluster.api_access.public_cidrs[0]", "or nearly so"),
    Bad("cluster.api_access.public_cidrs", ["10.0.0.0/8"], "cluster.api_access.public_cidrs[0]", "private network"),
    Bad(
        "cluster.api_access.public_cidrs",
        [f"1.2.3.{host}/32" for host in range(41)],
        "cluster.api_access.public_cidrs",
        "EKS takes 40",
    ),
    Bad("cluster.api_access.public_cidrs", [], "cluster.api_access.public_cidrs", "pulumi config set --path"),
    Bad("cluster.api_access.public_cidrs", ["0.0.0.0/0"], "cluster.api_access.public_cidrs[0]", "set your own address"),
    Bad(
        "cluster.api_access.public_cidrs",
        ["203.0.113.7/24"],
        "cluster.api_access.public_cidrs[0]",
        "write 203.0.113.0/24",
    ),
    Bad("cluster.admins", [], "cluster.admins", "name at least one IAM role ARN"),
    Bad("cluster.admins", [ADMIN, ADMIN], "cluster.admins", "one access entry a role"),
    Bad("cluster.admins", ["arn:aws:iam::123456789012:user/me"], "cluster.admins[0]", "of a role, not of a user"),
    Bad("cluster.log_retention_days", 31, "cluster.log_retention_days", "choose from 1, 3"),
    # pools
    Bad("pools", DELETE, "pools", "is missing: Node pools by name"),
    Bad("pools.system", DELETE, "pools", "add system: {kind: system"),
    Bad("pools.more", PLATFORM["pools"]["system"], "pools.more.kind", "make it kind cpu"),
    Bad("pools.system.min", 1, "pools.system.min", "2 at least"),
    Bad("pools.system.zones", ["a"], "pools.system.zones", "name two zones"),
    Bad("pools.g5.kind", "gpus", "pools.g5.kind", "choose from cpu, gpu, system"),
    Bad("pools.g5.kind", DELETE, "pools.g5.kind", "choose from cpu, gpu, system"),
    Bad("pools.g5.kind", "cpu", "pools.g5", "make it kind gpu"),
    Bad("pools.g5.instance_types", [], "pools.g5.instance_types", "name at least one"),
    Bad("pools.g5.instance_types", ["g5.2xlarg"], "pools.g5.instance_types[0]", "nearest: g5.2xlarge"),
    Bad("pools.g5.instance_types", ["m5.xlarge"], "pools.g5", "use a GPU type such as g5.2xlarge"),
    Bad(
        "pools.g5.instance_types", ["g5.2xlarge", "g5.12xlarge"], "pools.g5", "g5.12xlarge has 4): make a pool of each"
    ),
    Bad("pools.g5.instance_types", ["g5.2xlarge", "g6.2xlarge"], "pools.g5", "different GPUs"),
    Bad("pools.g5.capacity", "reserved", "pools.g5.capacity", "choose from 'on_demand', 'spot'"),
    Bad("pools.g5.min", 3, "pools.g5", "raise max or lower min"),
    Bad("pools.g5.max", 0, "pools.g5.max", "1 at least"),
    Bad("pools.g5.max", "two", "pools.g5.max", "write a whole number"),
    Bad("pools.g5.disk_gib", 20, "pools.g5.disk_gib", "60 at least"),
    Bad("pools.g5.disc_gib", 100, "pools.g5.disc_gib", "did you mean disk_gib?"),
    Bad("pools.g5.zones", ["c"], "pools.g5.zones[0]", "c is not a zone of the network (a, b)"),
    Bad("pools.g5.team_gpus", 2, "pools.g5.max", "small 1 x 1 + team_gpus 2 = 3 GPUs"),
    Bad("pools.G5", PLATFORM["pools"]["g5"], "pools.G5", "use lower-case letters"),
    Bad(f"pools.{'x' * 31}", PLATFORM["pools"]["g5"], f"pools.{'x' * 31}", "shorten it to 30"),
    # bucket
    Bad("bucket", {"lifecycle": {"models": {}}}, "bucket.lifecycle.models", "choose from 'weights'"),
    Bad("bucket", {"lifecycle": {"logs": {"expire_days": 0}}}, "bucket.lifecycle.logs.expire_days", "1 at least"),
    # services
    Bad(f"{_SERVICE}.kind", "vlm", f"{_SERVICE}.kind", "is 'vlm': choose from vllm"),
    Bad(f"{_SERVICE}.kind", ["vllm"], f"{_SERVICE}.kind", "choose from vllm"),
    Bad("services.Small", PLATFORM["services"]["small"], "services.Small", "use lower-case letters"),
    Bad(f"services.{'x' * 41}", PLATFORM["services"]["small"], f"services.{'x' * 41}", "shorten it to 40"),
    Bad(f"{_SERVICE}.model", "qwen", f"{_SERVICE}.model", "write it like meta-llama/"),
    Bad(
        f"{_SERVICE}.model",
        "meta-llama/Llama-3.2-3B",
        f"{_SERVICE}.model",
        "pulumi config set --secret llm-platform:hf_api_token",
    ),
    Bad(f"{_SERVICE}.image", "vllm/vllm-openai", f"{_SERVICE}.image", "names no version"),
    Bad(f"{_SERVICE}.image", "vllm/vllm-openai:latest", f"{_SERVICE}.image", "name a version"),
    Bad(f"{_SERVICE}.pool", "g9", f"{_SERVICE}.pool", "choose from g4, g5, g5x4, p3"),
    Bad(f"{_SERVICE}.pool", "system", f"{_SERVICE}.pool", "choose a pool of kind gpu"),
    Bad(f"{_SERVICE}.pool", DELETE, f"{_SERVICE}.pool", "Name of the gpu pool it runs on"),
    Bad(f"{_SERVICE}.pool", "p3", f"{_SERVICE}.image", "no kernels for the V100: set an older image"),
    Bad(f"{_SERVICE}.replicas", 0, f"{_SERVICE}.replicas", "1 at least"),
    Bad(f"{_SERVICE}.replicas", 3, "pools.g5.max", "small 3 x 1 = 3 GPUs and a node has 1: set max to 3"),
    Bad(f"{_SERVICE}.tensor_parallel", 2, f"{_SERVICE}.tensor_parallel", "a node of pool g5 has 1"),
    Bad(f"{_SERVICE}.pipeline_parallel", 2, f"{_SERVICE}.tensor_parallel", "1 x pipeline_parallel 2 = 2 GPUs"),
    Bad(f"{_SERVICE}.max_model_len", DELETE, f"{_SERVICE}.max_model_len", "Longest prompt plus answer"),
    Bad(f"{_SERVICE}.dtype", "bf16", f"{_SERVICE}.dtype", "'bfloat16'"),
    Bad(
        _SERVICE,
        {**PLATFORM["services"]["small"], "pool": "g4", "dtype": "bfloat16"},
        f"{_SERVICE}.dtype",
        "set float16",
    ),
    Bad(
        _SERVICE,
        {**PLATFORM["services"]["small"], "pool": "g4", "quantization": "fp8"},
        f"{_SERVICE}.quantization",
        "T4 cannot",
    ),
    Bad(
        _SERVICE,
        {**PLATFORM["services"]["small"], "pool": "g4", "model": "Qwen/Qwen3-4B-FP8"},
        f"{_SERVICE}.model",
        "T4 cannot load FP8 weights",
    ),
    Bad(f"{_SERVICE}.gpu_memory_utilization", 1, f"{_SERVICE}.gpu_memory_utilization", "0.98 at most"),
    Bad(f"{_SERVICE}.weights", DELETE, f"{_SERVICE}.weights", "Where the weights come from"),
    Bad(f"{_SERVICE}.weights.source", "s3", f"{_SERVICE}.weights.source", "choose from bucket, hub"),
    Bad(
        _SERVICE,
        {**PLATFORM["services"]["small"], "model": "example/unheard-of", "weights": {"source": "hub"}},
        f"{_SERVICE}.weights.size_gib",
        "is missing: Size of the weights in GiB",
    ),
    Bad(f"{_SERVICE}.weights.size_gib", 40, f"{_SERVICE}.weights.size_gib", "raise tensor_parallel"),
    Bad(f"{_SERVICE}.weights.mirror", "yes", f"{_SERVICE}.weights.mirror", "unknown setting"),
    Bad(f"{_SERVICE}.weights", {"source": "bucket", "size_gib": 8}, f"{_SERVICE}.weights.prefix", "such as weights/"),
    Bad(
        f"{_SERVICE}.weights",
        {"source": "bucket", "size_gib": 8, "prefix": "models/x"},
        f"{_SERVICE}.weights.prefix",
        "below weights/ in the bucket",
    ),
    Bad("services", {"small": _OTHER, "tiny": _OTHER}, "services.tiny.weights.prefix", "filled by small too"),
    Bad(
        "services",
        {"small": _OTHER, "tiny": {**_OTHER, "weights": {**_OTHER["weights"], "prefix": "weights/x/y"}}},
        "services.tiny.weights.prefix",
        "lie in each other",
    ),
    Bad(f"{_SERVICE}.args", {"max-num-seq": 64}, f"{_SERVICE}.args.max-num-seq", "did you mean max-num-seqs?"),
    Bad(f"{_SERVICE}.args", {"--seed": 1}, f"{_SERVICE}.args.--seed", "without dashes in front: seed"),
    Bad(f"{_SERVICE}.args", {"max_num_seqs": 1}, f"{_SERVICE}.args.max_num_seqs", "max-num-seqs"),
    Bad(f"{_SERVICE}.args", {"kv-cache-dtype": "fp9"}, f"{_SERVICE}.args.kv-cache-dtype", "choose from auto"),
    Bad(
        f"{_SERVICE}.args", {"max-num-seqs": "sixty-four"}, f"{_SERVICE}.args.max-num-seqs", "a whole number, 1 or more"
    ),
    Bad(f"{_SERVICE}.args", {"max-num-seqs": 0}, f"{_SERVICE}.args.max-num-seqs", "a whole number, 1 or more"),
    Bad(f"{_SERVICE}.args", {"seed": 1.5}, f"{_SERVICE}.args.seed", "a whole number, -1 or more"),
    Bad(f"{_SERVICE}.args", {"cpu-offload-gb": "lots"}, f"{_SERVICE}.args.cpu-offload-gb", "a number of GiB"),
    Bad(f"{_SERVICE}.args", {"allowed-origins": "*"}, f"{_SERVICE}.args.allowed-origins", '["*"]'),
    Bad(f"{_SERVICE}.args", {"speculative-config": "{"}, f"{_SERVICE}.args.speculative-config", "vLLM reads JSON here"),
    Bad(
        f"{_SERVICE}.args",
        {"enable-auto-tool-choice": True},
        f"{_SERVICE}.args.enable-auto-tool-choice",
        "needs tool-call-parser beside it",
    ),
    Bad(
        f"{_SERVICE}.args",
        {"enable-log-outputs": True},
        f"{_SERVICE}.args.enable-log-outputs",
        "needs enable-log-requests beside it",
    ),
    Bad(
        f"{_SERVICE}.args",
        {"enable-chunked-prefill": False, "max-num-batched-tokens": "2k"},
        f"{_SERVICE}.args.max-num-batched-tokens",
        "leave enable-chunked-prefill out",
    ),
    Bad(f"{_SERVICE}.args", {"max-num-seqs": [1, 2]}, f"{_SERVICE}.args.max-num-seqs", "takes one value"),
    Bad(
        f"{_SERVICE}.args",
        {"enable-prefix-caching": "yes"},
        f"{_SERVICE}.args.enable-prefix-caching",
        "write true or false",
    ),
    Bad(f"{_SERVICE}.args", {"api-key": "x"}, f"{_SERVICE}.args.api-key", "makes a key for each service"),
    Bad(f"{_SERVICE}.args", {"port": 80}, f"{_SERVICE}.args.port", "set `endpoint.port`"),
    Bad(f"{_SERVICE}.args", {"tensor-parallel-size": 2}, f"{_SERVICE}.args.tensor-parallel-size", "`tensor_parallel`"),
    Bad(f"{_SERVICE}.endpoint", {"scheme": "public"}, f"{_SERVICE}.endpoint.scheme", "'internet-facing'"),
    Bad(
        f"{_SERVICE}.endpoint",
        {"scheme": "internet-facing"},
        f"{_SERVICE}.endpoint",
        "list the networks that may reach it",
    ),
    Bad(
        f"{_SERVICE}.endpoint",
        {
            "scheme": "internet-facing",
            "source_ranges": ["1.2.3.4/32"],
            "eip_allocations": ["eipalloc-0123456789abcdef0"],
        },
        f"{_SERVICE}.endpoint.eip_allocations",
        "is in 2 zones (a, b)",
    ),
    Bad(
        f"{_SERVICE}.endpoint",
        {"eip_allocations": ["eipalloc-0123456789abcdef0"]},
        f"{_SERVICE}.endpoint",
        "internet-facing",
    ),
    Bad(f"{_SERVICE}.endpoint", {"port": 70000}, f"{_SERVICE}.endpoint.port", "65535 at most"),
    Bad(f"{_SERVICE}.monitoring_namespace", "llm", f"{_SERVICE}.monitoring_namespace", "name the monitoring system's"),
    Bad("hf_api_token", "hf_plain", "hf_api_token", "set another with `pulumi config set --secret"),
    # the budget
    Bad("budget", {"usd_per_month": 100}, "budget.usd_per_month", "or raise the budget"),
    Bad("budget", {"usd_per_month": 0}, "budget.usd_per_month", "more than 0"),
    Bad("budget", {"instance_usd_per_hour": {}}, "budget.usd_per_month", "is missing: US dollars a month"),
    Bad("budget", 3000, "budget", "write a map"),
    Bad("budget", {"usd_per_mont": 1, "usd_per_month": 90000}, "budget.usd_per_mont", "did you mean usd_per_month?"),
    Bad(
        "budget",
        {"usd_per_month": 90000, "instance_usd_per_hour": {"g5.2xlarg": 1}},
        "budget.instance_usd_per_hour.g5.2xlarg",
        "nearest: g5.2xlarge",
    ),
    Bad(
        "budget",
        {"usd_per_month": 90000, "instance_usd_per_hour": {"g5.2xlarge": -1}},
        "budget.instance_usd_per_hour.g5.2xlarge",
        "0 at least",
    ),
    # whether the model fits
    Bad(
        f"{_SERVICE}.max_model_len",
        131072,
        f"{_SERVICE}.max_model_len",
        "beyond the model's own 40,960: 40,960, or rope scaling",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "pool": "g4", "max_model_len": 40960},
        f"{_SERVICE}.max_model_len",
        "are left: max_model_len 2",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "pool": "g4", "model": "Qwen/Qwen3-8B", "weights": {"source": "hub"}},
        f"{_SERVICE}.model",
        "leave nothing of 13.1 GiB for the KV cache: a g6.xlarge",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "model": "Qwen/Qwen3-32B", "weights": {"source": "hub"}},
        f"{_SERVICE}.model",
        "weights 61.0, activations",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "pool": "g5x4", "tensor_parallel": 3},
        f"{_SERVICE}.tensor_parallel",
        "does not divide its 32 attention heads: 1 or 2 or 4",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "pool": "g4", "args": {"kv-cache-dtype": "fp8"}},
        f"{_SERVICE}.args.kv-cache-dtype",
        "has no FP8 KV cache: kv_cache_dtype auto",
    ),
    Bad(
        f"{_SERVICE}.args",
        {"max-num-seqs": 512, "max-num-batched-tokens": 256},
        f"{_SERVICE}.args.max-num-batched-tokens",
        "256 is less than max_num_seqs 512",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "weights": {"source": "bucket", "prefix": "weights/small"}, "quantization": "bitsandbytes"},
        f"{_SERVICE}.quantization",
        "weights of the Hub",
    ),
    Bad(
        f"{_SERVICE}.endpoint",
        {"scheme": "internet-facing", "source_ranges": [f"198.51.{place}.0/24" for place in range(61)]},
        f"{_SERVICE}.endpoint",
        "write fewer, larger networks",
    ),
    Bad(f"{_SERVICE}.quantization", "fp-8", f"{_SERVICE}.quantization", "did you mean fp8?"),
    Bad(f"{_SERVICE}.quantization", "smaller", f"{_SERVICE}.quantization", "such as fp8, awq, gptq or bitsandbytes"),
    Bad(f"{_SERVICE}.quantization", "awq", f"{_SERVICE}.quantization", "or quantization fp8 or bitsandbytes"),
    Bad(
        _SERVICE,
        {**_SMALL, "model": "Qwen/Qwen3-8B-AWQ", "quantization": "fp8", "weights": {"source": "hub"}},
        f"{_SERVICE}.quantization",
        "quantized with awq: leave quantization out",
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "args": {"cpu-offload-gb": 40}},
        f"{_SERVICE}.pool",
        "to load and offload: take a larger size of g5",
    ),
    Bad(
        "services.small",
        {**_SMALL, "pool": "g4", "model": "Qwen/Qwen3-8B", "weights": {"source": "hub"}},
        f"{_SERVICE}.model",
        "leave nothing of 13.1 GiB",
        team=True,
    ),
    # team stacks
    Bad(
        _SERVICE,
        {**_SMALL, "args": {"worker-extension-cls": "os.system"}},
        f"{_SERVICE}.args.worker-extension-cls",
        "have the platform stack allow it with `team_options: [worker-extension-cls]`",
        team=True,
    ),
    Bad(
        _SERVICE,
        {**_SMALL, "args": {"hf-overrides": {"text_config": {"auto_map": {"AutoConfig": "x.Y"}}}}},
        f"{_SERVICE}.args.hf-overrides",
        "its text_config.auto_map loads code: omit it",
        team=True,
    ),
    Bad("team_options", ["worker-cls"], "team_options", "unknown setting", team=True),
    Bad("budget", {"usd_per_month": 10}, "budget.usd_per_month", "or raise the budget", team=True),
    Bad("pools", PLATFORM["pools"], "pools", "unknown setting", team=True),
    Bad("network", {"cidr": "10.0.0.0/16"}, "network", "unknown setting", team=True),
    Bad("platform", "staging", "platform", "`pulumi stack ls` lists stacks", team=True),
    Bad("platform", "team-one", "platform", "name the platform stack, such as dev", team=True),
    Bad("platform", "bare", "platform", "deploy it first with `make up STACK=bare`", team=True),
    Bad("platform", "old", "platform", "deployed by another version of this program", team=True),
    Bad("region", "eu-west-1", "region", "the platform is in us-east-1: omit it", team=True),
    Bad("namespace", "llm", "namespace", "is the platform's own", team=True),
    Bad(f"{_SERVICE}.pool", "g9", f"{_SERVICE}.pool", "choose from g4, g5", team=True),
    Bad(f"{_SERVICE}.replicas", 2, "services", "keeps 1 for team stacks", team=True),
)
