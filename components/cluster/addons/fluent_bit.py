"""Fluent Bit's configuration of the logs of containers, with the labels of their pods.

It takes the place of `application-log.conf` of the CloudWatch add-on's chart, whose filter omits labels
(`containerLogs.fluentBit.config.extraFiles` in charts/amazon-cloudwatch-observability/values.yaml of
aws-observability/helm-charts, chart 6.4.0); paths, databases and log group are the chart's. So each line has
`kubernetes.labels.app.kubernetes.io/instance`, which is the service, beside the namespace, which is the stack's, and the pod.
"""

from collections.abc import Sequence
from typing import TypeAlias

FILE = "application-log.conf"
Section: TypeAlias = tuple[str, dict[str, str]]
"""Name of a section, and its options (https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/classic-mode)."""
_CONTAINERS = "/var/log/containers/"
_DATAPLANE = f"{_CONTAINERS}aws-node*, {_CONTAINERS}kube-proxy*"
"""Another file of the chart reads these."""
_OWN = f"{_CONTAINERS}fluent-bit*, {_CONTAINERS}cloudwatch-agent*"
"""Apart, with a small buffer: errors of sending would else be sent in their turn."""
_TAIL = {
    "Name": "tail",
    "Tag": "application.*",
    "multiline.parser": "docker, cri",
    "Skip_Long_Lines": "On",
    "Refresh_Interval": "10",
    "Read_from_Head": "${READ_FROM_HEAD}",
}
SECTIONS: Sequence[Section] = (
    (
        "INPUT",
        _TAIL
        | {
            "Path": f"{_CONTAINERS}*.log",
            "Exclude_Path": f"{_OWN}, {_DATAPLANE}",
            "DB": "/var/fluent-bit/state/flb_container.db",
            "Mem_Buf_Limit": "50MB",
            "Rotate_Wait": "30",
            "storage.type": "filesystem",
        },
    ),
    ("INPUT", _TAIL | {"Path": _OWN, "DB": "/var/fluent-bit/state/flb_log.db", "Mem_Buf_Limit": "5MB"}),
    (
        "FILTER",
        {
            "Name": "kubernetes",
            "Match": "application.*",
            "Kube_URL": "https://kubernetes.default.svc:443",
            "Kube_Tag_Prefix": "application.var.log.containers.",
            "Merge_Log": "On",
            "Merge_Log_Key": "log_processed",
            "K8S-Logging.Parser": "On",
            "K8S-Logging.Exclude": "Off",
            "Labels": "On",
            "Annotations": "Off",
            "Use_Kubelet": "On",
            "Kubelet_Port": "10250",
            "Buffer_Size": "0",
        },
    ),
    (
        "OUTPUT",
        {
            "Name": "cloudwatch_logs",
            "Match": "application.*",
            "region": "${AWS_REGION}",
            "log_group_name": "/aws/containerinsights/${CLUSTER_NAME}/application",
            "log_stream_prefix": "${HOST_NAME}-",
            "auto_create_group": "true",
            "extra_user_agent": "container-insights",
        },
    ),
)


def configuration() -> str:
    """The text of ``fluent-bit.conf``: `SECTIONS` in their order."""
    blocks = (
        "\n".join([f"[{name}]", *(f"  {key} {value}" for key, value in found.items())]) for name, found in SECTIONS
    )
    return "\n\n".join(blocks) + "\n"
