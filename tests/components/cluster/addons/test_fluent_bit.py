"""Fluent Bit's file for the logs of containers: as the add-on takes it, and what lines have."""

import re

import pytest

from components.cluster.addons.cloudwatch_observability import LOG_GROUPS, VALUES
from components.cluster.addons.fluent_bit import FILE, SECTIONS, configuration
from settings.derived.naming import selector_labels

OPTIONS = {
    "tail": {
        *("Tag", "Path", "Exclude_Path", "multiline.parser", "DB", "Mem_Buf_Limit", "Skip_Long_Lines"),
        *("Refresh_Interval", "Rotate_Wait", "storage.type", "Read_from_Head"),
    },
    "kubernetes": {
        *("Match", "Kube_URL", "Kube_Tag_Prefix", "Merge_Log", "Merge_Log_Key", "K8S-Logging.Parser"),
        *("K8S-Logging.Exclude", "Labels", "Annotations", "Use_Kubelet", "Kubelet_Port", "Buffer_Size"),
    },
    "cloudwatch_logs": {
        *("Match", "region", "log_group_name", "log_stream_prefix", "auto_create_group", "extra_user_agent"),
    },
}
"""What the file of chart 6.4.0 sets (charts/amazon-cloudwatch-observability/values.yaml of aws-observability/helm-charts), but for
what only AWS's newer images have: an option that an image does not know would keep Fluent Bit from starting."""
VARIABLES = {"READ_FROM_HEAD", "AWS_REGION", "CLUSTER_NAME", "HOST_NAME"}
"""Environment of its pods (templates/linux/fluent-bit-daemonset.yaml there)."""


def parsed() -> list[tuple[str, dict[str, str]]]:
    """The file as Fluent Bit's classic mode reads it: sections, then a key and the rest of the line."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in configuration().splitlines():
        if head := re.fullmatch(r"\[([A-Z]+)\]", line):
            found.append((head[1], {}))
        elif line:
            assert line.startswith("  ")
            key, _, value = line.strip().partition(" ")
            assert value
            assert key not in found[-1][1]
            found[-1][1][key] = value
    return found


def test_the_file_is_what_its_sections_say() -> None:
    assert parsed() == [(name, dict(options)) for name, options in SECTIONS]


@pytest.mark.parametrize(("section", "options"), SECTIONS)
def test_each_option_is_one_of_the_charts(section: str, options: dict[str, str]) -> None:
    assert section in {"INPUT", "FILTER", "OUTPUT"}
    assert options.keys() - {"Name"} <= OPTIONS[options["Name"]]


def test_it_takes_the_place_of_the_charts_file_and_names_what_its_pods_have() -> None:
    logs = VALUES["containerLogs"]
    assert isinstance(logs, dict)
    assert logs["fluentBit"]["config"] == {"extraFiles": {"application-log.conf": configuration()}}
    assert FILE == "application-log.conf"
    assert set(re.findall(r"\$\{(\w+)\}", configuration())) == VARIABLES
    assert "{{" not in configuration()  # the chart renders it as a template


def test_lines_have_the_labels_of_pods_and_no_annotations() -> None:
    [options] = [options for name, options in SECTIONS if name == "FILTER"]
    assert (options["Labels"], options["Annotations"]) == ("On", "Off")
    assert selector_labels("chat", "vllm")["app.kubernetes.io/instance"] == "chat"


def test_lines_go_to_a_log_group_that_is_made_before() -> None:
    [options] = [options for name, options in SECTIONS if name == "OUTPUT"]
    assert options["log_group_name"].rpartition("/")[2] in LOG_GROUPS


def test_each_container_is_read_once() -> None:
    own, *_ = [options["Path"] for name, options in SECTIONS if name == "INPUT" and "Exclude_Path" not in options]
    [excluded] = [options["Exclude_Path"] for name, options in SECTIONS if "Exclude_Path" in options]
    assert set(own.split(", ")) < set(excluded.split(", "))
    assert len({options["DB"] for name, options in SECTIONS if name == "INPUT"}) == 2
