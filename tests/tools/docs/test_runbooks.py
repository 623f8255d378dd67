import re

import pytest

from tests.monitoring.promql import unknown
from tools.docs.runbooks import EVERYTHING, FOLDER, alerts, page

PAGES = {path.stem: path for path in sorted(FOLDER.glob("*.md")) if path.stem not in {"README", "cloudwatch"}}
"""Pages of the rules' alerts; those of CloudWatch share one."""
HEADINGS = ["Meaning", "What users see", "First queries", "Likely causes", "What to do", "Threshold"]


def test_every_alert_has_a_page_and_every_page_an_alert():
    assert PAGES.keys() == alerts().keys()


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_has_its_sections_in_order_and_none_is_empty(path):
    text = path.read_text()
    assert text.startswith(f"# {path.stem}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert all(len(part.strip()) > 7 for part in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:])


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_queries_of_a_page_read_what_exists(path):
    queries = re.findall(r"```promql\n(.*?)\n```", path.read_text(), re.DOTALL)
    assert queries
    assert not [found for query in queries for found in unknown(query)]


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_page_names_the_setting_of_its_threshold_and_the_default(path):
    threshold = path.read_text().partition("## Threshold")[2]
    for key, default in EVERYTHING.thresholds.by_name().items():
        if any(f'setting="{key}"' in rule.expr for rule in alerts()[path.stem]):
            assert f"`llm-platform:services.NAME.alerts.{key}`" in threshold
            assert re.search(rf"(?<![\d.]){default:g}(?![\d.]*\d)", threshold)


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_links_between_pages_lead_somewhere(path):
    for target in re.findall(r"\]\(([\w./-]+\.md)\)", path.read_text()):
        assert (FOLDER / target).exists(), target


def test_the_index_has_every_alert_with_its_severities_and_settings():
    index = page()
    assert all(f"[{name}]({name}.md)" in index for name in PAGES)
    assert "| [LlmFirstTokenSlow](LlmFirstTokenSlow.md) | critical, warning | 2m | `alerts.ttft_p95_seconds` |" in index
