"""Links of pages: to files, to headings, and what is none of them."""

from pathlib import Path

import pytest

from tools.checks import links

OTHER = "# The `gateway`, and [limits](x.md)\n## Twice\n## Twice\n```\n# no heading\n```\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a](other.md)", []),
        ("[a](other.md#the-gateway-and-limits)", []),
        ("[a](other.md#twice-1) [b](#here)\n# Here", []),
        ("[a](https://example.com/nothing.md#x) ![b](picture.png)", []),
        ("```\n[a](nothing.md)\n```", []),
        ("[a](nothing.md)", ["docs/page.md: (nothing.md): there is no such file: correct the link"]),
        ("[a](other.md#thrice)", ["docs/page.md: (other.md#thrice): other.md has no such heading: correct the link"]),
        ("[a](#no-heading)", ["docs/page.md: (#no-heading): page.md has no such heading: correct the link"]),
        (
            "[a](other.md#no-heading)",
            ["docs/page.md: (other.md#no-heading): other.md has no such heading: correct the link"],
        ),
    ],
)
def test_a_link_without_a_target_is_named(tmp_path: Path, text: str, said: list[str]) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "other.md").write_text(OTHER)
    (tmp_path / "docs" / "picture.png").write_bytes(b"")
    (tmp_path / "docs" / "page.md").write_text(text)
    assert list(links.dead(tmp_path, Path("docs/page.md"))) == said


def test_every_link_of_this_repository_has_its_target() -> None:
    assert list(links.complaints()) == []
