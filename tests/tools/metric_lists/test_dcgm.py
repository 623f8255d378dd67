import json

import pytest

from tools.metric_lists.dcgm import CountersError, dcgm_list

TABLE = """# Format
DCGM_FI_DEV_GPU_UTIL,      gauge, GPU utilization (in %).
# DCGM_FI_DEV_OFF, gauge, Not shown.
DCGM_FI_DEV_XID_ERRORS,  gauge,   Value of the last XID error encountered.
DCGM_FI_DRIVER_VERSION,        label, Driver Version
DCGM_FI_PROF_DRAM_ACTIVE, gauge, Ratio.
"""
FOUND = json.loads(dcgm_list("4.8.2", TABLE))["metrics"]


def test_fields_are_metrics_and_a_comment_is_none():
    assert set(FOUND) == {"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_PROF_DRAM_ACTIVE"}


def test_a_field_of_type_label_is_a_label_of_all_and_an_error_has_its_code():
    assert "DCGM_FI_DRIVER_VERSION" in FOUND["DCGM_FI_DEV_GPU_UTIL"]["labels"]
    assert "err_code" in FOUND["DCGM_FI_DEV_XID_ERRORS"]["labels"]
    assert "err_code" not in FOUND["DCGM_FI_DEV_GPU_UTIL"]["labels"]


def test_profiling_has_a_condition():
    assert FOUND["DCGM_FI_PROF_DRAM_ACTIVE"]["condition"]


def test_another_file_is_refused():
    with pytest.raises(CountersError, match=r"give etc/default-counters\.csv"):
        dcgm_list("4.8.2", "a,b,c\n")
