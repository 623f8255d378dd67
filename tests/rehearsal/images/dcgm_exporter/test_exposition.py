"""The text is what Prometheus reads, with the exporter's names and labels."""

from prometheus_client.parser import text_string_to_metric_families

from monitoring.metrics import metrics
from rehearsal.images.dcgm_exporter.exposition import text
from rehearsal.images.dcgm_exporter.fields import DEFAULT
from rehearsal.images.gpu.faults import GpuFault
from tests.rehearsal.images.dcgm_exporter.test_gpus import gpus, use

PLAIN = {"gpu", "UUID", "pci_bus_id", "device", "modelName", "hostname", "DCGM_FI_DRIVER_VERSION"}


def samples(*, kubernetes: bool):
    found = gpus()
    found.sample([use(1)], {0: GpuFault(xid=79)}, 1)
    return {
        (sample.name, sample.labels["gpu"]): sample
        for family in text_string_to_metric_families(text(found.all, DEFAULT, kubernetes=kubernetes))
        for sample in family.samples
    }


def test_every_field_of_every_gpu():
    found = samples(kubernetes=False)
    # The parser adds what OpenMetrics wants of a counter's name; the exporter's have no such end.
    shown = [field.name + "_total" * (field.type == "counter") for field in DEFAULT if field.type != "label"]
    assert set(found) == {(name, gpu) for name in shown for gpu in ("0", "1")}
    assert all(set(sample.labels) == PLAIN for (name, _), sample in found.items() if "XID" not in name)


def test_the_default_fields_are_those_of_the_list_that_rules_are_held_to():
    listed = metrics("dcgm")
    assert {field.name: field.type for field in DEFAULT if field.type != "label"} == {
        name: metric.type for name, metric in listed.items()
    }
    for (name, _), sample in samples(kubernetes=True).items():
        metric = listed.get(name) or listed[name.removesuffix("_total")]
        assert set(sample.labels) <= set(metric.labels), name


def test_an_xid_has_its_code_and_text():
    sample = samples(kubernetes=False)["DCGM_FI_DEV_XID_ERRORS", "0"]
    assert sample.value == 79
    assert sample.labels["err_code"] == "79"
    assert sample.labels["err_msg"] == "GPU has fallen off the bus"


def test_the_container_that_has_the_gpu():
    found = samples(kubernetes=True)
    used, idle = found["DCGM_FI_DEV_GPU_UTIL", "0"], found["DCGM_FI_DEV_GPU_UTIL", "1"]
    assert (used.labels["namespace"], used.labels["pod"], used.labels["container"]) == ("chat", "pod-1", "vllm")
    assert set(idle.labels) == PLAIN
