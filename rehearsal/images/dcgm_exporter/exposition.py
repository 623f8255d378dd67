"""Text of ``/metrics``, with the labels that the exporter's template gives each sample.

Its metrics are written here and not by prometheus-client, which would end each counter's name in ``_total``.
Labels: internal/pkg/rendermetrics/render_metrics.go, ``err_code`` and ``err_msg``: internal/pkg/collector/gpu_collector.go of
github.com/NVIDIA/dcgm-exporter; ``hostname`` is written so since 4.8.
"""

from collections.abc import Iterator, Mapping, Sequence

from rehearsal.images.dcgm_exporter.fields import Field
from rehearsal.images.dcgm_exporter.gpus import Gpu

_XID = "DCGM_FI_DEV_XID_ERRORS"
_XIDS = {
    0: "No Error",
    13: "Graphics Engine Exception",
    31: "GPU memory page fault",
    43: "GPU stopped processing",
    45: "Preemptive cleanup, due to previous errors -- Most likely to see when running multiple cuda",
    48: "Double Bit ECC Error",
    63: "ECC page retirement or row remapping recording event",
    64: "ECC page retirement or row remapper recording failure",
    74: "NVLINK Error",
    79: "GPU has fallen off the bus",
    94: "Contained ECC error",
    95: "Uncontained ECC error",
}


def text(gpus: Sequence[Gpu], fields: Sequence[Field], *, kubernetes: bool) -> str:
    """All samples of all GPUs.

    Args:
        gpus: The GPUs.
        fields: What is shown of them.
        kubernetes: Whether samples name the container that has the GPU.
    """
    labels = [field.name for field in fields if field.type == "label"]
    return "".join(
        line
        for field in fields
        if field.type != "label"
        for line in _family(field, gpus, labels, kubernetes=kubernetes)
    )


def _family(field: Field, gpus: Sequence[Gpu], more: Sequence[str], *, kubernetes: bool) -> Iterator[str]:
    yield f"# HELP {field.name} {field.help}\n# TYPE {field.name} {field.type}\n"
    for gpu in gpus:
        labels = _labels(gpu) | {name: gpu.label(name) for name in more}
        if kubernetes and gpu.owner:
            labels |= {"container": gpu.owner.container, "namespace": gpu.owner.namespace, "pod": gpu.owner.pod}
        if field.name == _XID:
            xid = gpu.fault.xid
            labels |= {"err_code": str(xid), "err_msg": _XIDS.get(xid, "Unknown Error")}
        yield f"{field.name}{{{_joined(labels)}}} {gpu.value(field.name)}\n"


def _labels(gpu: Gpu) -> dict[str, str]:
    return {
        "gpu": str(gpu.index),
        "UUID": gpu.uuid,
        "pci_bus_id": f"00000000:00:{0x1B + gpu.index:02X}.0",
        "device": f"nvidia{gpu.index}",
        "modelName": gpu.model,
        "hostname": gpu.node,
    }


def _joined(labels: Mapping[str, str]) -> str:
    return ",".join(f'{key}="{value}"' for key, value in labels.items())
