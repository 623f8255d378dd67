import json

import pytest

from monitoring.dashboards import DASHBOARDS
from monitoring.dashboards.files import committed

FILES = committed("https://docs.example/runbooks")


def test_every_dashboard_is_committed():
    assert set(FILES) == {dashboard.name for dashboard in DASHBOARDS}


@pytest.mark.parametrize("name", sorted(FILES))
def test_panels_link_the_runbooks_that_are_given(name):
    document = json.loads(FILES[name])
    (runbooks,) = (variable for variable in document["templating"]["list"] if variable["name"] == "runbooks")
    assert runbooks["query"] == runbooks["current"]["value"] == "https://docs.example/runbooks"
    assert runbooks["hide"] == 2
    links = [link["url"] for panel in document["panels"] for link in panel.get("links", [])]
    assert links
    assert all(url.startswith("${runbooks}/") and url.endswith(".md") for url in links)


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_two_panels_lie_over_each_other(name):
    taken = set()
    for panel in json.loads(FILES[name])["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


@pytest.mark.parametrize("name", sorted(FILES))
def test_grafana_finds_the_data_source_by_the_choice(name):
    document = json.loads(FILES[name])
    sources = {panel["datasource"]["uid"] for panel in document["panels"] if panel["type"] != "row"}
    assert sources == {"${datasource}"}
    assert document["uid"] == f"llm-{name}"
    assert "id" not in document or document["id"] is None
