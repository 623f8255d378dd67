import io
import tarfile
from pathlib import Path

import pytest
import yaml

from rehearsal.charts.packaging import MODULE, MODULE_VERSION, package
from tests.rehearsal.kubernetes.helm.toy_chart import CONFIG_MAP, toy_chart


def read(archive: bytes) -> dict[str, str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        return {item.name: opened.extractfile(item).read().decode() for item in opened.getmembers()}  # type: ignore[union-attr]


def test_a_chart_gets_the_production_version_and_its_values(tmp_path: Path) -> None:
    folder = toy_chart(tmp_path, {"config.yaml": CONFIG_MAP}, version="0.1.0")
    files = read(package(folder, version="2.0.0", module="example.com/toy@v2.0.0", values={"text": "changed"}))
    about = yaml.safe_load(files["toy/Chart.yaml"])
    assert (about["version"], about["appVersion"]) == ("2.0.0", "2.0.0")
    assert about["annotations"] == {MODULE: "example.com/toy@v2.0.0", MODULE_VERSION: "0.1.0"}
    assert yaml.safe_load(files["toy/values.yaml"]) == {"replicas": 0, "text": "changed", "image": "example.com/toy:1"}
    assert files["toy/templates/config.yaml"] == CONFIG_MAP


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    def made(place: str) -> bytes:
        return package(toy_chart(tmp_path / place, {"config.yaml": CONFIG_MAP}), version="1.0.0", module="m", values={})

    assert made("one") == made("two")


def test_a_folder_without_a_chart_or_value_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"Chart\.yaml is missing"):
        package(tmp_path, version="1.0.0", module="m", values={})
    with pytest.raises(ValueError, match=r"no default value image\.tag"):
        package(toy_chart(tmp_path, {}), version="1.0.0", module="m", values={"image.tag": "2"})
