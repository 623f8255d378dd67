"""Files by which a Grafana that starts empty has its data source and dashboards (Grafana, "Provision Grafana")."""

from monitoring.documents import written

SOURCE = "prometheus"
"""Its UID and type; the dashboards take any data source of this type, the default one first."""


def data_source(url: str, *, scrape_seconds: int) -> str:
    """The data source file.

    Args:
        url: Base URL of Prometheus.
        scrape_seconds: Seconds between two samples, the least step of a graph.
    """
    source = {
        "name": "Prometheus",
        "uid": SOURCE,
        "type": SOURCE,
        "access": "proxy",
        "url": url,
        "isDefault": True,
        "editable": False,
        "jsonData": {
            "httpMethod": "POST",
            "prometheusType": "Prometheus",
            "timeInterval": f"{scrape_seconds}s",
            # Rules are of Prometheus' own files; Grafana only shows them.
            "manageAlerts": False,
        },
    }
    return written({"apiVersion": 1, "datasources": [source]})


def dashboard_provider(folder: str) -> str:
    """The provider file: dashboards are those of a folder, which cannot be changed in the browser.

    Args:
        folder: Folder of their JSON.
    """
    provider = {
        "name": "llm-platform",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": {"path": folder},
    }
    return written({"apiVersion": 1, "providers": [provider]})
