import dataclasses

import pytest

from monitoring.rules.gpus import APPLICATION_XIDS
from tests.monitoring.promtool import FULL, GPU, Fires, check, flat

pytestmark = pytest.mark.thorough

XID = f"DCGM_FI_DEV_XID_ERRORS{{{GPU}}}"
USED = f"DCGM_FI_DEV_FB_USED{{{GPU}}}"
UTIL = f"DCGM_FI_DEV_GPU_UTIL{{{GPU}}}"
REMAP = f"DCGM_FI_DEV_ROW_REMAP_FAILURE{{{GPU}}}"
KUBELET = 'up{job="kubelet", node="n1"}'
LABELS = {"node": "n1", "pool": "gpu", "gpu": "0"}


def hardware(code):
    summary = f"GPU 0 of node n1 reports Xid {code}, a fault of the GPU or its driver"
    return Fires(name="GpuXidHardware", severity="critical", summary=summary, labels=LABELS)


def application(code):
    summary = f"GPU 0 of node n1 reports Xid {code}, most often a fault of the program on it"
    return Fires(name="GpuXidApplication", severity="warning", summary=summary, labels=LABELS)


@pytest.mark.parametrize("code", [48, 63, 79, 95, 119])
def test_an_xid_of_the_hardware_fires_as_long_as_it_is_shown(promtool, tmp_path, code):
    changes = {XID: f"0+0x10 {flat(code, 60)}"}
    check(promtool, tmp_path, changes, hardware(code), at=12, minutes=70)
    check(promtool, tmp_path, changes, hardware(code), at=60, minutes=70)


def test_an_xid_of_the_program_does_not_hide_one_of_the_hardware(promtool, tmp_path):
    changes = {XID: f"0+0x4 79 79 {flat(45, 120)}"}
    check(promtool, tmp_path, changes, hardware(79), at=8, minutes=130)
    check(promtool, tmp_path, changes, hardware(79), at=125, minutes=130)


def test_an_xid_of_the_hardware_outlives_a_gpu_that_shows_nothing_and_ends_with_its_node(promtool, tmp_path):
    changes = {XID: "0+0x4 79 79 _x60", KUBELET: "1+0x29 _x30"}
    check(promtool, tmp_path, changes, hardware(79), at=25, minutes=60)
    check(promtool, tmp_path, changes, at=40, minutes=60)


def test_an_xid_of_the_hardware_is_over_when_the_exporter_starts_again(promtool, tmp_path):
    check(promtool, tmp_path, {XID: f"0+0x4 79 79 45 {flat(0, 20)}"}, at=12, minutes=20)


@pytest.mark.parametrize("code", sorted(APPLICATION_XIDS))
def test_an_xid_of_the_program_fires_for_ten_minutes(promtool, tmp_path, code):
    changes = {XID: f"0+0x10 {flat(code, 60)}"}
    check(promtool, tmp_path, changes, application(code), at=15, minutes=70)
    check(promtool, tmp_path, changes, at=30, minutes=70)


def test_an_old_xid_of_the_program_is_no_new_one_after_a_gap_of_the_scrapes(promtool, tmp_path):
    changes = {XID: f"0+0x10 {flat(31, 19)} _x20 {flat(31, 40)}"}
    check(promtool, tmp_path, changes, at=53, minutes=90)


def test_the_same_xid_after_a_start_of_the_exporter_is_new(promtool, tmp_path):
    changes = {XID: f"0+0x10 {flat(31, 19)} {flat(0, 19)} {flat(31, 40)}"}
    check(promtool, tmp_path, changes, application(31), at=55, minutes=90)


def test_an_error_that_begins_a_series_of_its_own_fires_too(promtool, tmp_path):
    named = XID.replace("{", '{err_code="79", err_msg="fallen off the bus", ')
    check(promtool, tmp_path, {XID: "0+0x10 _x30", named: f"_x11 {flat(79, 30)}"}, hardware(79), at=13, minutes=40)


def test_memory_that_cannot_be_replaced_fires(promtool, tmp_path):
    summary = "GPU 0 of node n1 cannot replace rows of its memory that failed"
    failing = Fires(name="GpuMemoryFailing", severity="critical", summary=summary, labels=LABELS)
    check(promtool, tmp_path, {REMAP: flat(1, 10)}, failing, at=5)


@pytest.mark.parametrize(("prices", "shown"), [({"gpu": 2.5}, "5.00"), ({}, "0.00"), ({"other": 1}, "0.00")])
def test_gpus_that_no_engine_uses_fire_with_what_they_cost(promtool, tmp_path, prices, shown):
    second = {each.replace('gpu="0"', 'gpu="1"'): flat(0, 90) for each in (USED, UTIL, XID)}
    changes = {**second, USED: flat(300, 90), UTIL: flat(0, 90)}
    summary = f"No engine uses GPUs of node n1 in pool gpu, which cost {shown} USD an hour"
    idle = Fires(name="GpuIdle", severity="info", summary=summary, labels={"node": "n1", "pool": "gpu"})
    args = dataclasses.replace(FULL, gpu_usd_per_hour=prices)
    check(promtool, tmp_path, changes, idle, at=40, args=args, minutes=90)


def test_an_engine_that_waits_is_no_idle_gpu(promtool, tmp_path):
    check(promtool, tmp_path, {UTIL: flat(0, 90)}, at=80, minutes=90)
