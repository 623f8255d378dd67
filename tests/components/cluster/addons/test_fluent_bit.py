"""Fluent Bit's file for the logs of containers: as the add-on takes it, and what lines have."""

import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from components.cluster.addons.cloudwatch_observability import LOG_GROUPS, VALUES
from components.cluster.addons.fluent_bit import FILE, SECTIONS, configuration
from settings.derived.naming import selector_labels
from tests.certificates import certificate
from tests.integration.waiting import soon

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


CONTAINERS = "/var/log/containers/"
REGION, CLUSTER, HOST = "us-east-1", "llm-dev", "ip-10-0-1-7"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
POD = "chat-5d9c7b6f4d-x2x8p"
LABELS = {"app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": "chat"}


def container_log(folder: Path, pod: str, namespace: str, container: str, line: str) -> None:
    """One line of a container as containerd writes it."""
    path = folder / f"{pod}_{namespace}_{container}-{'0' * 64}.log"
    path.write_text(f"2026-11-28T05:00:00.000000000Z stdout F {line}\n")


@contextmanager
def serving(files: tuple[Path, Path]) -> Iterator[tuple[int, Path]]:
    """CloudWatch Logs of moto behind TLS: its port, and the authority to trust."""
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=(str(files[0]), str(files[1])))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, files[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running(program: str, folder: Path, logs: Path, port: int) -> Iterator[None]:
    """Fluent Bit with the program's file, whose folders are of the test; metadata of pods from files in place of a kubelet."""
    found = configuration().replace(CONTAINERS, f"{logs}/").replace("/var/fluent-bit/state", str(folder))
    found = found.replace("application.var.log.containers.", f"application{str(logs).replace('/', '.')}.")
    found = found.replace("Use_Kubelet On", f"Use_Kubelet Off\n  Kube_meta_preload_cache_dir {folder}")
    found = found.replace("https://kubernetes.default.svc:443", "http://127.0.0.1:1")
    # The output speaks TLS alone.
    found = found.replace(
        "auto_create_group true", f"auto_create_group true\n  endpoint 127.0.0.1\n  port {port}\n  tls.verify Off"
    )
    service = f"[SERVICE]\n  Flush 1\n  Grace 1\n  storage.path {folder}/storage\n\n"
    file = folder / "fluent-bit.conf"
    file.write_text(service + found)
    environment = {"READ_FROM_HEAD": "On", "AWS_REGION": REGION, "CLUSTER_NAME": CLUSTER, "HOST_NAME": HOST}
    with (folder / "fluent-bit.log").open("w") as log:
        process = subprocess.Popen(
            [program, "-c", file], env={**os.environ, **CREDENTIALS, **environment}, stdout=log, stderr=log
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


def read(logs: Any, group: str, least: int) -> list[dict[str, Any]]:
    """The group's lines, once there are so many."""

    def events() -> list[Any]:
        groups = {one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]}
        found: list[Any] = logs.filter_log_events(logGroupName=group)["events"] if group in groups else []
        return found if len(found) >= least else []

    return [json.loads(one["message"]) for one in soon(events, f"{least} lines in {group}")]


def test_fluent_bit_sends_lines_with_the_labels_of_their_pods(tmp_path: Path) -> None:
    program = shutil.which("fluent-bit")
    if program is None:
        pytest.skip("fluent-bit is not on PATH (https://docs.fluentbit.io/manual/installation/downloads)")
    logs = tmp_path / "containers"
    logs.mkdir()
    metadata = {"namespace": "llm", "name": POD, "labels": LABELS, "annotations": {"llm-platform/keys": "not sent"}}
    (tmp_path / f"llm_{POD}.meta").write_text(json.dumps({"metadata": metadata, "spec": {}, "status": {}}))
    container_log(logs, POD, "llm", "vllm", "Application startup complete.")
    container_log(logs, POD, "llm", "probe", json.dumps({"level": "info", "seconds": 3}))
    container_log(logs, "aws-node-abcde", "kube-system", "aws-node", "of the data plane")
    secrets = {name.lower(): value for name, value in CREDENTIALS.items()}
    with serving(certificate(tmp_path / "certificate", "127.0.0.1")) as (port, authority):
        url = f"https://127.0.0.1:{port}"
        client = boto3.client("logs", region_name=REGION, endpoint_url=url, verify=str(authority), **secrets)
        with closing(client), running(program, tmp_path, logs, port):
            lines = read(client, f"/aws/containerinsights/{CLUSTER}/application", 2)
    assert {one["kubernetes"]["container_name"] for one in lines} == {"vllm", "probe"}
    for one in lines:
        of_pod = one["kubernetes"]
        assert (of_pod["namespace_name"], of_pod["pod_name"], of_pod["labels"]) == ("llm", POD, LABELS)
        assert "annotations" not in of_pod
    [text, parsed_line] = sorted(lines, key=lambda one: one["kubernetes"]["container_name"], reverse=True)
    assert text["log"] == "Application startup complete."
    assert parsed_line["log_processed"] == {"level": "info", "seconds": 3}
