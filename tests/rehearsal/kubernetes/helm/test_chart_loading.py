from pathlib import Path

import pytest

from rehearsal.kubernetes.helm import chart_loading
from rehearsal.kubernetes.helm.library_errors import HelmError
from tests.rehearsal.kubernetes.helm.toy_chart import toy_chart


def test_what_is_not_a_chart_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HelmError, match=r"Chart\.yaml"):
        chart_loading.load_folder(str(tmp_path))
    with pytest.raises(HelmError):
        chart_loading.load(b"not an archive")


def test_dependencies_come_from_their_folder(tmp_path: Path) -> None:
    toy_chart(tmp_path / "below", {})
    chart = toy_chart(tmp_path / "above", {})
    below = f"file://{tmp_path / 'below' / 'toy'}"
    with (chart / "Chart.yaml").open("a") as file:
        file.write(f"dependencies: [{{name: toy, version: 0.1.0, repository: '{below}'}}]\n")
    chart_loading.update_dependencies(str(chart))
    assert (chart / "charts" / "toy-0.1.0.tgz").exists()
