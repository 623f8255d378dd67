"""Files of Grafana: the data source is the one that dashboards choose, and no user edits either."""

import json
from pathlib import Path

import yaml

from monitoring.provisioning import dashboard_provider, data_source

DASHBOARDS = Path("monitoring/dashboards/json")


def test_the_data_source_is_of_the_type_that_dashboards_choose() -> None:
    (source,) = yaml.safe_load(data_source("http://prometheus:9090", scrape_seconds=15))["datasources"]
    for path in DASHBOARDS.glob("*.json"):
        (choice,) = [one for one in json.loads(path.read_text())["templating"]["list"] if one["type"] == "datasource"]
        assert choice["query"] == source["type"], path
    assert source["jsonData"]["timeInterval"] == "15s"
    assert source["access"] == "proxy"


def test_nothing_is_edited_in_the_browser() -> None:
    (source,) = yaml.safe_load(data_source("http://prometheus:9090", scrape_seconds=30))["datasources"]
    (provider,) = yaml.safe_load(dashboard_provider("/etc/grafana/dashboards"))["providers"]
    assert source["editable"] is provider["allowUiUpdates"] is False
    assert provider["options"] == {"path": "/etc/grafana/dashboards"}
