"""Check that each link of a page to a file of this repository, and to a heading of another page, has its target."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.files import ROOT, listed

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z]+:")
_HEADING = re.compile(r"^#{1,6} (.*)$", re.MULTILINE)
_INNER_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def complaints() -> Iterator[str]:
    """Yield a line for each link without a target, of every page."""
    for page in listed():
        if page.suffix == ".md":
            yield from dead(ROOT, page)


def dead(root: Path, page: Path) -> Iterator[str]:
    """Yield a line for each link without a target.

    Args:
        root: folder of the repository.
        page: path of a Markdown page below it.
    """
    for link in _LINK.findall(_FENCED.sub("", (root / page).read_text(encoding="utf-8"))):
        if _ELSEWHERE.match(link):
            continue
        file, _, anchor = link.partition("#")
        target = (root / page.parent / file if file else root / page).resolve()
        if not target.exists():
            yield f"{page}: ({link}): there is no such file: correct the link"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{page}: ({link}): {target.name} has no such heading: correct the link"


@cache
def anchors(page: Path) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them: lower case, dashes for spaces, no punctuation."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in _HEADING.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        plain = _INNER_LINK.sub(r"\1", heading.strip()).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)
