import pytest

from rehearsal.images.dcgm_exporter.fields import DEFAULT, FieldError, parse, read

TEXT = """# Format
# DCGM FIELD, Prometheus metric type, help message

DCGM_FI_DEV_GPU_TEMP,    gauge, GPU temperature (in C).
# DCGM_FI_DEV_POWER_VIOLATION, counter, Throttling duration.
DCGM_FI_DEV_DEC_UTIL ,     gauge, Decoder utilization (in %).
"""


def test_a_list_of_fields():
    assert [(field.name, field.type) for field in parse(TEXT, "list.csv")] == [
        ("DCGM_FI_DEV_GPU_TEMP", "gauge"),
        ("DCGM_FI_DEV_DEC_UTIL", "gauge"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("DCGM_FI_DEV_GPU_TEMP, gauge", "list.csv, line 1: malformed, 2 values"),
        ("DCGM_FI_DEV_GPU_TEMP, histogram, x", "type 'histogram', which is not one of gauge, counter, label"),
        ("DCGM_FI_DEV_CLOCK_EVENTS, gauge, x", "does not emulate DCGM_FI_DEV_CLOCK_EVENTS"),
    ],
)
def test_a_wrong_list(line, message):
    with pytest.raises(FieldError, match=message):
        parse(line, "list.csv")


def test_the_file_of_a_volume(tmp_path):
    assert read(None) == list(DEFAULT)
    file = tmp_path / "counters.csv"
    file.write_text(TEXT)
    assert len(read(file)) == 2
    with pytest.raises(FieldError, match="No such file"):
        read(tmp_path / "missing.csv")
