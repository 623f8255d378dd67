"""Text of the message to SNS, as templates of Alertmanager.

SNS takes a subject of fewer than 100 ASCII characters without line breaks, and attributes that are not empty (its API
reference, Publish): it would refuse the whole message otherwise, at every attempt.
"""

MAX_SUBJECT = 99
MAX_ALERTS = 20
"""Alerts of a group that a message describes; the others are counted. SNS takes 256 KiB, a mail is read to its first screen."""


def subject(cluster: str) -> str:
    """Template of the subject, such as ``[FIRING:1] LlmQueueLong dev/qwen (llm-dev)``."""
    return (
        f'{{{{ printf "%.{MAX_SUBJECT}s" (printf "[%s:%d] %s %s({cluster})" (.Status | toUpper) (len .Alerts) '
        '.GroupLabels.alertname (or (and .GroupLabels.service (print .GroupLabels.service " ")) "")) }}'
    )


def body(cluster: str) -> str:
    """Template of the text: each alert with its labels, summary, description and runbook, those that fire first."""
    return f"Cluster: {cluster}\n" + _alerts("FIRING", ".Alerts.Firing") + _alerts("RESOLVED", ".Alerts.Resolved")


def _alerts(heading: str, alerts: str) -> str:
    return (
        f"{{{{ range $i, $alert := {alerts} }}}}{{{{ if lt $i {MAX_ALERTS} }}}}\n"
        f"{heading} {{{{ .Labels.alertname }}}} ({{{{ .Labels.severity }}}})\n"
        "{{ .Annotations.summary }}\n"
        "{{ .Annotations.description }}\n"
        "Labels: {{ range .Labels.SortedPairs }}"
        '{{ if not (or (eq .Name "alertname") (eq .Name "severity") (eq .Name "cluster")) }}{{ .Name }}={{ .Value }} {{ end }}'
        "{{ end }}\n"
        'Since: {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}\n'
        "Runbook: {{ .Annotations.runbook_url }}\n"
        "{{ end }}{{ end }}"
        f"{{{{ if gt (len {alerts}) {MAX_ALERTS} }}}}\n{heading}: {{{{ len {alerts} }}}} in all, the first {MAX_ALERTS} are here.\n"
        "{{ end }}"
    )


ATTRIBUTES = {
    "status": "{{ .Status }}",
    "alertname": "{{ .GroupLabels.alertname }}",
    "severity": '{{ or .GroupLabels.severity "none" }}',
    "service": '{{ or .GroupLabels.service "none" }}',
}
"""Attributes of the message, by which a subscription of the topic can filter."""
