"""Prices from a file: what it may say, and a line for each mistake."""

import json
import os
from pathlib import Path

import pytest

from planner.cost import PriceFileError, Rate, estimate, list_prices, read_prices
from tests.planner.cost.shapes import STACK

BASE = list_prices()
SHIPPED = Path(__file__).parents[3] / "planner" / "data" / "gpu-instances.json"


def written(folder: Path, text: str, name: str = "prices.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(PriceFileError) as caught:
        read_prices(path, BASE)
    return caught.value.problems


YAML = """
source: our contract
date: 2026-11-01
region: eu-west-1
currency: USD
other_usd_per_hour: {nat_gateway: 0.05}
other_usd_per_gib_month: {gp3: 0.09}
other_usd_per_month: {kms_key: 1.1}
other_usd_per_gib: {cloudwatch_logs: 0.57}
instances:
  g5.2xlarge: 1
  p5e.48xlarge: {usd_per_hour: 50.5}
spot_discount: 0.6
"""


def test_what_the_file_says_replaces_the_shipped_and_the_rest_stays(tmp_path: Path) -> None:
    table = read_prices(written(tmp_path, YAML), BASE)
    assert table.rates[Rate.NAT_GATEWAY].usd == 0.05
    assert table.rates[Rate.GP3].usd == 0.09
    assert table.rates[Rate.KMS_KEY].usd == 1.1
    assert table.rates[Rate.LOGS].usd == 0.57
    assert table.nodes["g5.2xlarge"].usd == 1
    assert table.nodes["g5.2xlarge"].origin == "our contract, eu-west-1, 2026-11-01"
    assert table.nodes["p5e.48xlarge"].usd == 50.5
    assert table.spot_discount == 0.6
    assert table.nodes["m5.xlarge"] == BASE.nodes["m5.xlarge"]
    assert table.rates[Rate.EKS_CLUSTER] == BASE.rates[Rate.EKS_CLUSTER]


def test_json_reads_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps({"date": "2026-11-01", "instances": {"g5.2xlarge": 2}}), "prices.json")
    assert read_prices(path, BASE).nodes["g5.2xlarge"].usd == 2


def test_an_edited_copy_of_the_shipped_table_is_a_file_of_prices(tmp_path: Path) -> None:
    table = json.loads(SHIPPED.read_text())
    table["instances"]["g5.2xlarge"]["usd_per_hour"] = 9
    read = read_prices(written(tmp_path, json.dumps(table), "prices.json"), BASE)
    assert read.nodes["g5.2xlarge"].usd == 9
    assert "p5e.48xlarge" not in read.nodes  # null there: not known


def test_without_source_and_date_they_are_the_files_own(tmp_path: Path) -> None:
    path = written(tmp_path, "instances: {g5.2xlarge: 2}")
    os.utime(path, (1_780_000_000, 1_780_000_000))
    price = read_prices(path, BASE).nodes["g5.2xlarge"]
    assert price.origin == "prices.yaml, 2026-05-28"


def test_an_own_region_is_not_said_to_be_another(tmp_path: Path) -> None:
    table = read_prices(written(tmp_path, "instances: {g5.2xlarge: 2}"), BASE)
    elsewhere = {item.key for item in estimate(STACK, table).elsewhere()}
    assert "pools.g5.nodes" not in elsewhere


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("instance: {}", "prices.yaml: instance: unknown key of a price file: did you mean instances?"),
        ("zzz: 1", "prices.yaml: zzz: unknown key of a price file: choose from"),
        ("instances: [1]", "prices.yaml: instances: is not a map: write NAME: PRICE"),
        ("instances: {g5.2xlarg: 1}", "prices.yaml: instances.g5.2xlarg: unknown instance type: did you mean g5.2xlarge?"),
        ("instances: {g5.2xlarge: cheap}", "prices.yaml: instances.g5.2xlarge: is 'cheap': write a number of US dollars"),
        ("instances: {g5.2xlarge: {usd: 1}}", "prices.yaml: instances.g5.2xlarge: has no usd_per_hour"),
        ("instances: {g5.2xlarge: {usd_per_hour: -1}}", "prices.yaml: instances.g5.2xlarge.usd_per_hour: is -1: a price is not negative"),
        ("other_usd_per_hour: {nat: 1}", "prices.yaml: other_usd_per_hour.nat: unknown price an hour: choose from"),
        ("other_usd_per_hour: {gp3: 1}", "prices.yaml: other_usd_per_hour.gp3: unknown price an hour"),
        ("other_usd_per_hour: 3", "prices.yaml: other_usd_per_hour: is not a map"),
        ("other_usd_per_hour: {nat_gateway: .inf}", "prices.yaml: other_usd_per_hour.nat_gateway: is inf: write a number"),
        ("other_usd_per_hour: {nat_gateway: .nan}", "prices.yaml: other_usd_per_hour.nat_gateway: is nan: write a number"),
        ("other_usd_per_hour: {nat_gateway: true}", "prices.yaml: other_usd_per_hour.nat_gateway: is true: write a number"),
        ("spot_discount: 60", "prices.yaml: spot_discount: is 60: write the share spot saves"),
        ("spot_discount: -0.1", "prices.yaml: spot_discount: is -0.1: a price is not negative"),
        ("date: yesterday", "prices.yaml: date: is 'yesterday': write the day of the prices"),
        ("source: 3", "prices.yaml: source: is 3: write text"),
        ("currency: EUR", "prices.yaml: currency: is 'EUR': write US dollars, USD"),
        ("- 1", "prices.yaml: is not a map: write source"),
        ("", "prices.yaml: is not a map: write source"),
        ("a: [", "prices.yaml: line 1: is neither JSON nor YAML"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_place_and_cure(tmp_path: Path, text: str, line: str) -> None:
    (told,) = problems(written(tmp_path, text))
    assert told.startswith(line)
    assert "\n" not in told


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("x.json", "[" * 200_000, "x.json: is nested too deeply"),
        ("x.json", '{"a":' * 90_000, "x.json: is nested too deeply"),
        ("x.yaml", "[" * 50_000, "x.yaml: is nested too deeply"),
        ("x.yaml", "{a: " * 90_000, "x.yaml: is nested too deeply"),
        ("x.json", " " * 600_000, "x.json: is larger than 512 KiB"),
        ("x.json", '{"spot_discount": 1' + "0" * 5_000 + "}", "x.json: has a value that cannot be read: Exceeds the limit"),
        ("x.yaml", "spot_discount: 1" + "0" * 5_000, "x.yaml: has a value that cannot be read: Exceeds the limit"),
        ("x.json", '{"spot_discount": 1' + "0" * 400 + "}", "x.json: spot_discount: is a number of about 400 digits"),
        ("x.json", '{"instances": {"g5.2xlarge": 1e300}}', "x.json: instances.g5.2xlarge: is 1e+300: write a number of US dollars, at most"),
        ("x.json", '{"instances": {"g5.2xlarge": NaN}}', "x.json: instances.g5.2xlarge: is nan: write a number"),
        ("x.json", '{"instances": {"g5.2xlarge": [[[[[[[[[[1]]]]]]]]]]}}', "x.json: instances.g5.2xlarge: is [[[[[["),
        ("x.json", json.dumps({"a\nb\x1b[31m": 1}), "x.json: a\\nb\\x1b[31m: unknown key"),
        ("x.json", json.dumps({"k" * 5_000: 1}), "x.json: kkkk"),
        ("x.json", '{"currency": "\\ud800"}', "x.json: currency: is '\\ud800'"),
        ("x.yaml", "date: 2026-02-30", "x.yaml: has a value that cannot be read: day is out of range"),
    ],
)  # fmt: skip
def test_hostile_content_is_one_short_line(tmp_path: Path, name: str, content: str, line: str) -> None:
    said = problems(written(tmp_path, content, name))[0]
    assert said.startswith(line)
    assert said.isprintable()
    assert len(said) < 500


def test_references_that_multiply_are_cut(tmp_path: Path) -> None:
    lines = ["a: &a0 [x, x]", *(f"b{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 40)), "source: *a39"]
    assert all(len(line) < 500 for line in problems(written(tmp_path, "\n".join(lines))))


def test_a_thousand_mistakes_end_soon(tmp_path: Path) -> None:
    found = problems(written(tmp_path, "instances:\n" + "".join(f"  x{n}.large: 1\n" for n in range(3_000))))
    assert len(found) == 21
    assert found[-1].endswith("correct these first")


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = "instances: {a.b: 1, g5.2xlarge: x}\nspot_discount: 2\nextra: 1\n"
    assert len(problems(written(tmp_path, text))) == 4


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in problems(tmp_path / "none.yaml")[0]
    assert "cannot be read: Is a directory" in problems(tmp_path)[0]
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert problems(tmp_path / "binary.yaml") == ("binary.yaml: is not UTF-8 text: write JSON or YAML",)
    assert problems(written(tmp_path, "{", "x.json"))[0].startswith("x.json: line 1: is not JSON")
