"""``llm-plan cost``, run as people run it, without Pulumi and without AWS."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli import console
from cli import cost as command
from cli.plan import main
from planner.cost.live import LivePricesError
from tests.harness import ROOT


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str, project: Path = ROOT) -> Ran:
        monkeypatch.setattr(sys, "argv", ["llm-plan", "cost", "--project", str(project), *arguments])
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


GPU_POOL = "g5-gpu-karpenter"
"""The pool of the stack dev that has GPUs."""
NODE_GROUPS: dict[str, Any] = {
    "pools": {
        "system": {"kind": "system", "instance_types": ["m5.xlarge"], "min": 2, "max": 4},
        "g5": {"kind": "gpu", "instance_types": ["g5.2xlarge"], "capacity": "spot", "min": 0, "max": 2},
    },
    "services": {
        "llama-3-8b": {
            "model": "meta-llama/Meta-Llama-3-8B-Instruct",
            "pool": "g5",
            "max_model_len": 8192,
            "weights": {"source": "hub", "size_gib": 15},
        }
    },
}
"""Settings of a stack whose GPUs are in a node group."""


def committed_pools() -> dict[str, Any]:
    """The pools of the stack dev, as committed."""
    pools: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]["llm-platform:pools"]
    return pools


def stack(folder: Path, name: str = "mine", base: str = "dev", **changes: Any) -> Path:
    """A copy of a committed stack with other settings; None takes one away."""
    content = yaml.safe_load((ROOT / f"Pulumi.{base}.yaml").read_text())
    for key, value in changes.items():
        content["config"][f"llm-platform:{key}"] = value
        if value is None:
            del content["config"][f"llm-platform:{key}"]
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_dev_as_committed_has_a_cost_though_pulumi_refuses_it(run: Any) -> None:
    ran = run("--stack", "dev", "--json")
    assert ran.code == 0
    assert ran.json["usd_per_hour"]["deployed"] == pytest.approx(1.7199, abs=1e-4)
    assert ran.json["usd_per_month"]["maximum"] == pytest.approx(730 * ran.json["usd_per_hour"]["maximum"], abs=0.1)
    (remark,) = ran.json["remarks"]
    assert remark.startswith("llm-platform:cluster.api_access.public_cidrs: is empty")


def test_the_table_has_every_line_the_sums_and_what_is_not_counted(run: Any) -> None:
    ran = run("--stack", "prod")
    assert ran.code == 0
    for piece in (
        *("Nodes of pool g6e", "NAT gateways", "S3 storage of weights", "All at list price", "17,874", "26,84"),
        *(
            "llama-3-70b: 20.99 USD an hour",
            "USD a million output tokens",
            "Not counted",
            "LCUs",
            "DynamoDB",
            "2026-07-20",
        ),
    ):
        assert piece in ran.out, piece


def test_a_team_is_shown_its_share_of_the_platforms_nodes(run: Any) -> None:
    ran = run("--stack", "team-example")
    assert ran.code == 0
    assert "Its share of the platform's GPUs" in ran.out
    assert "on the bill of platform stack dev" in ran.out
    assert run("--stack", "team-example", "--json").json["occupied_gpus_usd_per_hour"] == 1.006


def test_a_team_whose_platform_has_no_file_costs_what_it_adds(run: Any, tmp_path: Path) -> None:
    path = stack(tmp_path, base="team-example")
    found = run("--stack", str(path), "--json").json
    assert found["usd_per_hour"]["deployed"] == 0.0225
    assert "so the share of the platform's nodes is unknown" in found["remarks"][0]
    assert found["services"]["qwen-3-4b"]["usd_per_hour"] is None
    assert "us-east-1 prices: the stack's region is not known" in found["notes"]


def test_a_team_whose_platform_has_mistakes_is_told_so(run: Any, tmp_path: Path) -> None:
    stack(tmp_path, "dev", pools={"g5": {"kind": "gpu"}})
    path = stack(tmp_path, base="team-example")
    assert "Pulumi.dev.yaml has issues" in run("--stack", str(path), "--json").json["remarks"][0]


def test_secrets_do_not_stand_in_the_way(run: Any, tmp_path: Path) -> None:
    path = stack(tmp_path, hf_api_token={"secure": "v1:abc"}, tags={"secure": "v1:abc"})
    content = yaml.safe_load(path.read_text())
    content["config"]["llm-platform:services"]["llama-3-8b"]["args"]["seed"] = {"secure": "v1:x"}
    content["config"]["llm-platform:cluster"]["admins"].append({"secure": "v1:x"})
    content["config"]["other:key"] = {"secure": "v1:x"}
    content["encryptionsalt"] = "v1:salt"
    path.write_text(yaml.safe_dump(content))
    plain = run("--stack", "dev", "--json").json["usd_per_hour"]
    assert run("--stack", str(path), "--json").json["usd_per_hour"] == plain


def test_settings_that_came_as_text_are_read_as_pulumi_reads_them(run: Any, tmp_path: Path) -> None:
    committed = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    path = stack(tmp_path, pools=json.dumps(committed["llm-platform:pools"]), tags="{}", bucket="")
    assert run("--stack", str(path), "--json").json["usd_per_hour"]["deployed"] == pytest.approx(1.7199, abs=1e-4)


def test_prices_of_ones_own_replace_the_shipped(run: Any, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("source: contract\ndate: 2026-11-01\ninstances: {m5.xlarge: 0.1}\n")
    found = run("--stack", "dev", "--prices", str(prices), "--json").json
    line = next(item for item in found["items"] if item["key"] == "pools.system.nodes")
    assert line["usd_per_hour"]["minimum"] == 0.2
    assert line["source"] == "contract, 2026-11-01"


def test_a_file_of_prices_with_mistakes_is_refused_line_by_line(run: Any, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("instances: {m5.xlarge: no}\nspot_discount: 3\n")
    ran = run("--stack", "dev", "--prices", str(prices))
    assert ran.code == 2
    assert "prices.yaml: instances.m5.xlarge: is false: write a number" in ran.err
    assert "prices.yaml: spot_discount: is 3" in ran.err


def test_usage_and_the_share_of_time_are_counted_when_asked(run: Any) -> None:
    plain, asked = (
        run("--stack", "dev", "--json", *more).json
        for more in ((), ("--nat-gib", "1000", "--log-gib", "10", "--busy", "0.5"))
    )
    assert asked["usd_per_month"]["deployed"] - plain["usd_per_month"]["deployed"] == pytest.approx(50, abs=0.01)
    low, twice = (one["services"]["llama-3-8b"]["usd_per_million_output_tokens"]["low"] for one in (plain, asked))
    assert twice == pytest.approx(2 * low, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--stack", "nope"), "there is no stack file Pulumi.nope.yaml"),
        (("--stack", "dav/nope.yaml"), "there is no file dav/nope.yaml"),
        (("--stack", "dev", "--busy", "0"), "--busy is 0: a share of the time"),
        (("--stack", "dev", "--prices", "none.yaml"), "none.yaml: cannot be read"),
        (("--stack", str(ROOT / "pyproject.toml")), "is not YAML"),
        (("--stack", str(ROOT / "Pulumi.yaml")), "the settings of"),
    ],
)
def test_bad_use_is_one_message(run: Any, arguments: tuple[str, ...], line: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert line in ran.err
    assert "Traceback" not in ran.err


def test_the_stacks_there_are_named(run: Any) -> None:
    assert "stacks there: cpu-example, dev, prod, team-example" in run("--stack", "nope").err


def test_a_full_stack_name_means_its_last_part(run: Any) -> None:
    assert run("--stack", "organization/llm-platform/dev", "--json").json["stack"] == "dev"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"region": None}, "llm-platform:region: is missing"),
        ({"pools": {"g5": {"kind": "gpu", "instance_types": ["g5.2xlarg"], "max": 1}}}, "nearest: g5.2xlarge"),
        ({"network": {"zones": ["a"]}}, "llm-platform:network.zones: has 1 zones"),
        ({"services": {"x": {"model": "a/b"}}}, "llm-platform:services.x.pool: is missing"),
        ({"budget": {"usd_per_month": -1}}, "llm-platform:budget.usd_per_month: is -1: more than 0"),
        ({"cluster": {"version": 1.35}}, "llm-platform:cluster.version"),
    ],
)
def test_mistakes_the_cost_depends_on_are_told(run: Any, tmp_path: Path, changes: Any, line: str) -> None:
    ran = run("--stack", str(stack(tmp_path, **changes)))
    assert ran.code == 2
    assert line in ran.err


def test_mistakes_between_settings_count_where_they_change_the_cost(run: Any, tmp_path: Path) -> None:
    services = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]["llm-platform:services"]
    services["llama-3-8b"] |= {"replicas": 9, "args": {"no-such-option": 1}}
    ran = run("--stack", str(stack(tmp_path, services=services)))
    assert ran.code == 2
    assert f"llm-platform:pools.{GPU_POOL}.limits" in ran.err
    services["llama-3-8b"]["replicas"] = 1
    remarks = " ".join(run("--stack", str(stack(tmp_path, services=services)), "--json").json["remarks"])
    assert "services.llama-3-8b.args.no-such-option" in remarks


def test_a_budget_that_is_not_kept_is_exit_one(run: Any, tmp_path: Path) -> None:
    path = str(stack(tmp_path, budget={"usd_per_month": 2000}))
    ran = run("--stack", path)
    assert ran.code == 1
    assert re.search(r"budget: exceeded: [0-9,]+ of 2,000 USD a month", ran.out)
    assert run("--stack", path, "--json").json["budget"] == {
        "usd_per_month": 2000,
        "largest_usd_per_month": 8792.61,
        "kept": False,
    }
    kept = run("--stack", str(stack(tmp_path, budget={"usd_per_month": 14000})))
    assert kept.code == 0
    assert "budget: kept" in kept.out


def test_a_budget_with_a_price_nobody_knows_is_not_told_to_be_kept(run: Any, tmp_path: Path) -> None:
    pools = {
        "system": {"kind": "system", "instance_types": ["m5.xlarge"], "max": 2},
        "big": {"kind": "gpu", "instance_types": ["p5e.48xlarge"], "max": 1},
    }
    path = stack(tmp_path, pools=pools, services={}, budget={"usd_per_month": 30000})
    ran = run("--stack", str(path))
    assert ran.code == 0
    assert "budget: unknown, a price is missing" in ran.out
    assert "price of p5e.48xlarge unknown" in ran.out
    assert "unknown" in next(line for line in ran.out.splitlines() if "Nodes of pool big" in line)


def test_own_prices_in_the_budget_are_used(run: Any, tmp_path: Path) -> None:
    own = {
        "usd_per_month": 9000,
        "instance_usd_per_hour": {"g5.2xlarge": 0.5},
    }
    found = run("--stack", str(stack(tmp_path, budget=own, **NODE_GROUPS)), "--json").json
    line = next(item for item in found["items"] if item["key"] == "pools.g5.nodes")
    assert line["usd_per_hour"]["maximum"] == 1
    assert line["source"] == "the stack's budget.instance_usd_per_hour"


def test_what_a_change_costs_is_shown(run: Any, tmp_path: Path) -> None:
    before = str(stack(tmp_path, "before", **NODE_GROUPS))
    pools = NODE_GROUPS["pools"] | {"g5": NODE_GROUPS["pools"]["g5"] | {"max": 3, "min": 3}}
    path = str(stack(tmp_path, services=NODE_GROUPS["services"], pools=pools))
    ran = run("--stack", path, "--compare", before)
    assert ran.code == 0
    row = next(line for line in ran.out.splitlines() if "Nodes of pool g5" in line)
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["+3.64", "+2.42", "+1.21"]
    assert "All" in ran.out
    changes = run("--stack", path, "--compare", before, "--json").json["changes"]
    assert [change["key"] for change in changes] == [
        "pools.g5.nodes",
        "pools.g5.disks",
        "monitoring.observations",
        "monitoring.logs",
    ]
    assert changes[0]["usd_per_hour"] == {"minimum": 3.636, "deployed": 2.424, "maximum": 1.212}
    assert "stack dev costs what it did" in run("--stack", "dev", "--compare", "dev").out


def test_what_comes_goes_or_has_no_price_is_marked(run: Any, tmp_path: Path) -> None:
    pools = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]["llm-platform:pools"]
    pools["big"] = {"kind": "gpu", "instance_types": ["p5e.48xlarge"], "max": 1}
    path = str(stack(tmp_path, pools=pools, services=None, gateway=None))
    rows = run("--stack", path, "--compare", "dev").out.splitlines()
    assert "unknown" in next(row for row in rows if "Nodes of pool big" in row)
    assert "gone" in next(row for row in rows if "load balancer of the gateway" in row)
    back = run("--stack", "dev", "--compare", path).out.splitlines()
    assert "added" in next(row for row in back if "load balancer of the gateway" in row)


def test_a_narrow_terminal_gets_the_sums_without_their_basis(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.OUT, "width", 100)
    out = run("--stack", "prod").out
    assert "computed from" not in out
    assert "26,84" in out


def test_stacks_are_found_from_a_folder_in_the_project(run: Any) -> None:
    assert run("--stack", "dev", "--json", project=ROOT / "docs" / "components").json["stack"] == "dev"


def test_live_prices_that_are_not_to_be_had_are_exit_three(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise LivePricesError("live prices need AWS credentials: sign in")

    monkeypatch.setattr(command, "live_prices", refuse)
    ran = run("--stack", "dev", "--live")
    assert ran.code == 3
    assert ran.err == "llm-plan: live prices need AWS credentials: sign in\n"
    assert ran.out == ""


def test_live_prices_are_asked_for_the_stacks_region_and_types(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def tell(table: Any, region: str, types: list[str]) -> Any:
        asked.append((region, types))
        return table, ("kms_key",)

    monkeypatch.setattr(command, "live_prices", tell)
    types = [name for pool in committed_pools().values() for name in pool["instance_types"]]
    found = run("--stack", "dev", "--live", "--json").json
    assert asked == [("us-east-1", types)]
    assert "not from the price API, so the shipped prices are used: kms_key" in found["remarks"]


def test_live_prices_want_a_region(run: Any, tmp_path: Path) -> None:
    ran = run("--stack", str(stack(tmp_path, base="team-example")), "--live")
    assert ran.code == 2
    assert "--live needs a region" in ran.err


def test_what_no_provider_reads_is_a_remark_in_the_programs_words(run: Any, tmp_path: Path) -> None:
    path = stack(tmp_path, base="prod")
    content = yaml.safe_load(path.read_text())
    content["config"] |= {
        "aws:region": "eu-west-1",
        "aws:assumeRoles": [{"roleArn": "x"}],
        "aws:token": {"secure": "v1"},
    }
    path.write_text(yaml.safe_dump(content))
    ran = run("--stack", str(path), "--json")
    assert ran.code == 0
    told = [line.split(": ")[0] for line in ran.json["remarks"] if "is read by no provider" in line]
    assert sorted(told) == ["aws:assumeRoles", "aws:region", "aws:token"]


def test_a_team_is_judged_by_all_that_its_platform_s_file_shares(run: Any, tmp_path: Path) -> None:
    shared = {"shared_prefixes": ["weights/common"]}
    platform = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    platform["config"]["llm-platform:bucket"] |= shared
    platform["config"]["llm-platform:team_options"] = ["worker-extension-cls"]
    team = yaml.safe_load((ROOT / "Pulumi.team-example.yaml").read_text())
    team["config"]["llm-platform:services"]["qwen-3-4b"] |= {
        "weights": {"source": "bucket", "prefix": "weights/common/qwen"},
        "args": {"worker-extension-cls": "ours.Extension"},
    }
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(platform))
    (tmp_path / "Pulumi.team.yaml").write_text(yaml.safe_dump(team))
    remarks = " ".join(run("--stack", str(tmp_path / "Pulumi.team.yaml"), "--json").json["remarks"])
    assert "worker-extension-cls" not in remarks
    assert "prefix" not in remarks
