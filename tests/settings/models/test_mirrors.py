import pytest

from settings.models.mirrors import ChartSettings, ImageSettings


@pytest.mark.parametrize(
    "mirror",
    [
        "oci://123456789012.dkr.ecr.us-east-1.amazonaws.com/charts",
        "oci://registry.example.com",
        "oci://registry.example.com:5000/team/charts",
        "https://charts.example.com/stable",
        "http://127.0.0.1:8080/charts",
        "http://[::1]:8080/charts",
        "http://localhost/charts",
    ],
)
def test_chart_repositories(mirror: str) -> None:
    assert ChartSettings(mirror=mirror).mirror == mirror


@pytest.mark.parametrize(
    "mirror",
    [
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirror",
        "registry.example.com",
        "registry:5000/llm-platform/images",
        "localhost:5000",
    ],
)
def test_image_registries(mirror: str) -> None:
    assert ImageSettings(mirror=mirror).mirror == mirror


def test_a_password_is_not_repeated_in_the_message() -> None:
    with pytest.raises(ValueError, match="has a user in its address") as caught:
        ChartSettings(mirror="https://user:hunter2@charts.example.com:x")
    assert "hunter2" not in str(caught.value.errors()[0]["msg"])  # type: ignore[attr-defined]
