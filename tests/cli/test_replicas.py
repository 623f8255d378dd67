"""The command with a kubectl that prints what a cluster answered."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import main
from tests import scaled
from tests.scaled import hpa, scaled_object

Given = Callable[..., None]
SENTENCE = "3 replicas: queue is 4.2 per replica, its threshold 5."
NO_KEDA = 'error: the server doesn\'t have a resource type "scaledobjects"'
KLOG = "E1129 00:15:55.354099   10299 memcache.go:265] Unhandled Error: couldn't get current server API group list"
REFUSED = "The connection to the server localhost:8080 was refused - did you specify the right host or port?"


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """Puts a kubectl on PATH that answers these lists and writes its arguments down."""

    def given(*objects: dict, hpas: tuple = (), error: str = "") -> None:
        lists = {"scaledobjects.v1alpha1.keda.sh": objects, "horizontalpodautoscalers.v2.autoscaling": hpas}
        for kind, items in lists.items():
            (tmp_path / f"{kind}.json").write_text(json.dumps({"items": items}))
        program = tmp_path / "kubectl"
        end = f"printf '%b\\n' {json.dumps(error)} >&2; exit 1" if error else f'cat "{tmp_path}/$2.json"'
        program.write_text(f'#!/bin/sh\necho "$@" >> "{tmp_path}/called"\n{end}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return given


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["llm-platform", "replicas", *arguments])
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_each_service_has_its_reason(kubectl, monkeypatch, capsys, tmp_path):
    kubectl(scaled_object(), hpas=(hpa(3, 3),))
    code, out, _ = run(monkeypatch, capsys)
    assert code == 0
    assert out.startswith(f"{scaled.NAMESPACE}/{scaled.SERVICE}: {SENTENCE} Last changed 20")
    assert [line.split()[2:] for line in (tmp_path / "called").read_text().splitlines()] == [
        ["--all-namespaces", "--output", "json"]
    ] * 2


def test_json_has_numbers_and_time(kubectl, monkeypatch, capsys):
    kubectl(scaled_object(), hpas=(hpa(3, 3),))
    (found,) = json.loads(run(monkeypatch, capsys, "--json")[1])["services"]
    assert (found["namespace"], found["service"]) == (scaled.NAMESPACE, scaled.SERVICE)
    assert (found["current"], found["desired"], found["reason"]) == (3, 3, SENTENCE)
    assert found["changed_at"].endswith("+00:00")


def test_namespace_and_context_are_kubectls(kubectl, monkeypatch, capsys, tmp_path):
    kubectl()
    arguments = ("-n", "dev-search", "--context", "other")
    assert run(monkeypatch, capsys, *arguments)[:2] == (0, "no service is autoscaled\n")
    assert "--namespace dev-search --context other" in (tmp_path / "called").read_text()


def test_an_hpa_of_another_namespace_is_not_the_services(kubectl, monkeypatch, capsys):
    other = hpa(3, 3)
    other["metadata"]["namespace"] = "elsewhere"
    kubectl(scaled_object(), hpas=(other,))
    assert "KEDA has not made its HPA yet" in run(monkeypatch, capsys)[1]


def test_a_service_that_is_not_autoscaled(kubectl, monkeypatch, capsys):
    kubectl(scaled_object(), hpas=(hpa(3, 3),))
    code, _, err = run(monkeypatch, capsys, "--service", "llama", "-n", "dev-search")
    assert (code, err) == (2, "llm-platform: --service: llama has no ScaledObject in namespace dev-search\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NO_KEDA, "the cluster has no KEDA: give a service `autoscale`, or set cluster.keda"),
        ("Unable to connect to the server: EOF", "Unable to connect to the server: EOF"),
        (f"{KLOG}\n{KLOG}\n{REFUSED}", f"kubectl get scaledobjects.v1alpha1.keda.sh: {REFUSED}"),
        (KLOG, "couldn't get current server API group list"),
    ],
)
def test_what_kubectl_refuses_is_one_line(kubectl, monkeypatch, capsys, error, said):
    kubectl(error=error)
    code, _, err = run(monkeypatch, capsys)
    assert code == 2
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("#!/bin/sh\necho 'I am a wrapper'\n", "wrote no list in JSON, but I am a wrapper: is "),
        ("#!/bin/sh\n", "wrote no list in JSON, but nothing: is "),
        ("#!/bin/sh\necho '{\"items\": null}'\n", "wrote no list in JSON"),
        ("#!/bin/sh\nprintf '\\377'; exit 1\n", "no output"),
        ("#!/no/such/shell\n", "does not run: No such file or directory"),
    ],
)
def test_a_program_that_is_not_kubectl(monkeypatch, capsys, tmp_path, program, said):
    (tmp_path / "kubectl").write_text(program)
    (tmp_path / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    code, _, error = run(monkeypatch, capsys)
    assert code == 2
    assert said in error
    assert "Traceback" not in error


def test_without_kubectl(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = run(monkeypatch, capsys)
    assert (code, "kubectl is not on PATH" in err) == (2, True)
